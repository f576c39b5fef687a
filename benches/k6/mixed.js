// Four reads per deposit, on a few shared wallets; reads have to be monotonic.

import {
    MATCHED,
    SharedWallets,
    begin,
    constantRate,
    k6Options,
    openWallets,
    report,
    settings,
    settleShared,
} from './lib.js';

const READS = 0.8;

const load = settings('mixed', { rate: 1000, duration: '30s', wallets: 20 });
const limits = { read: ['p(95)<50', 'p(99)<250'], deposit: ['p(95)<100', 'p(99)<500'] };

export const options = k6Options(load, constantRate(load), limits, MATCHED);

export function setup() {
    return openWallets(load, begin(load));
}

let wallets;

export default function (urls) {
    wallets ??= new SharedWallets(urls);
    const wallet = wallets.any();
    if (Math.random() < READS) {
        wallets.read(wallet);
    } else {
        wallets.deposit(wallet);
    }
}

export function teardown(urls) {
    settleShared(urls);
}

export function handleSummary(data) {
    return report(load, data);
}
