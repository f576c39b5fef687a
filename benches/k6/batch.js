// Deposits in batches of SIZE (100), each batch into one of the wallets; every operation has its result.

import { ACCOUNTED, begin, constantRate, depositBatch, k6Options, openWallets, report, settings, settle } from './lib.js';

const SIZE = Number(__ENV.SIZE || 100);
if (!Number.isInteger(SIZE) || SIZE < 1 || SIZE > 1000) {
    throw new Error(`SIZE is '${__ENV.SIZE}', and should be a whole number from 1 to 1000`);
}

const load = settings('batch', { rate: 50, duration: '30s', wallets: 10 });

export const options = k6Options(load, constantRate(load), { batch: ['p(95)<200', 'p(99)<500'] }, ACCOUNTED);

export function setup() {
    return openWallets(load, begin(load));
}

export default function (urls) {
    depositBatch(urls[Math.floor(Math.random() * urls.length)], 1, SIZE);
}

export function teardown(urls) {
    settle(urls);
}

export function handleSummary(data) {
    return report(load, data);
}
