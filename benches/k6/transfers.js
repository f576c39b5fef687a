// Transfers: PATTERN is `many_to_one`, `one_to_many` or `pairs` (the default). No money may appear or disappear.

import { ACCOUNTED, begin, constantRate, k6Options, openWallets, report, settings, settle, transfer } from './lib.js';
import { operate } from './lib/requests.js';

const PATTERNS = {
    many_to_one: (urls) => [other(urls, 0), urls[0]],
    one_to_many: (urls) => [urls[0], other(urls, 0)],
    pairs: (urls) => {
        const from = Math.floor(Math.random() * urls.length);
        return [urls[from], other(urls, from)];
    },
};
const pattern = __ENV.PATTERN || 'pairs';
if (!(pattern in PATTERNS)) {
    throw new Error(`PATTERN is '${pattern}', and should be one of ${Object.keys(PATTERNS).join(', ')}`);
}

/** Of every wallet: more than it can ever send. */
const FUNDS_CENTS = 9_000_000_000;
const TRANSFER_MAX_CENTS = 100;

const load = settings('transfers', { rate: 500, duration: '30s', wallets: 100 });

if (load.wallets < 2) {
    throw new Error('WALLETS is 1, and should be 2 at least');
}

export const options = k6Options(load, constantRate(load), { transfer: ['p(95)<100', 'p(99)<500'] }, ACCOUNTED);

export function setup() {
    const urls = openWallets(load, begin(load));
    urls.forEach((url) => operate(url, 'DEPOSIT', FUNDS_CENTS));
    return urls;
}

export default function (urls) {
    const [from, to] = PATTERNS[pattern](urls);
    transfer(from, to, 1 + Math.floor(Math.random() * TRANSFER_MAX_CENTS));
}

export function teardown(urls) {
    settle(urls);
}

export function handleSummary(data) {
    return report(load, data);
}

/** Any wallet but this one. */
function other(urls, index) {
    return urls[(index + 1 + Math.floor(Math.random() * (urls.length - 1))) % urls.length];
}
