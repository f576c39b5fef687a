// Money is held, and a part of it captured, with which the rest is free again. What wallets have left has to be what was not captured.

import { ACCOUNTED, begin, capture, constantRate, hold, k6Options, openWallets, report, settings, settle } from './lib.js';
import { operate } from './lib/requests.js';

/** Of every wallet: more than it can ever lose. */
const FUNDS_CENTS = 9_000_000_000;
const HOLD_MAX_CENTS = 100;

const load = settings('holds', { rate: 250, duration: '30s', wallets: 100 });

const LIMITS = ['p(95)<100', 'p(99)<500'];

export const options = k6Options(load, constantRate(load), { hold: LIMITS, capture: LIMITS }, ACCOUNTED);

export function setup() {
    const urls = openWallets(load, begin(load));
    urls.forEach((url) => operate(url, 'DEPOSIT', FUNDS_CENTS));
    return urls;
}

export default function (urls) {
    const url = urls[Math.floor(Math.random() * urls.length)];
    const cents = 1 + Math.floor(Math.random() * HOLD_MAX_CENTS);
    const placed = hold(url, cents);
    if (placed !== null) {
        capture(url, placed, cents, 1 + Math.floor(Math.random() * cents));
    }
}

export function teardown(urls) {
    settle(urls);
}

export function handleSummary(data) {
    return report(load, data);
}
