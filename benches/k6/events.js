// Deposits, while readers follow the feed: every operation has to come to each of them once and in order.

import { ACCOUNTED, Reader, begin, constantRate, k6Options, openWallets, report, settings, settle } from './lib.js';
import { happened, now } from './lib/events.js';
import { operate } from './lib/requests.js';

/** Readers that wait for what is new. */
const READERS = 4;
const WAIT_S = 1;

const load = settings('events', { rate: 500, duration: '30s', wallets: 100 });

const writers = k6Options(load, constantRate(load), { deposit: ['p(95)<100', 'p(99)<500'] }, ACCOUNTED);
const readers = { executor: 'constant-vus', vus: READERS, duration: `${load.duration_s}s`, exec: 'follow' };

export const options = {
    ...writers,
    scenarios: { ...writers.scenarios, readers },
    thresholds: {
        ...writers.thresholds,
        unaccounted_events: ['count==0'],
        event_delay_ms: load.timed ? ['p(95)<500'] : [],
    },
};

export function setup() {
    const urls = openWallets(load, begin(load));
    return { urls, after: now() };
}

export default function ({ urls }) {
    const url = urls[Math.floor(Math.random() * urls.length)];
    if (operate(url, 'DEPOSIT', 1) !== null) {
        happened(1);
    }
}

let reader = null;

export function follow({ urls, after }) {
    reader = reader ?? new Reader(urls, after);
    reader.read(WAIT_S);
}

export function teardown({ urls, after }) {
    settle(urls);
    new Reader(urls, after).settle();
}

export function handleSummary(data) {
    return report(load, data);
}
