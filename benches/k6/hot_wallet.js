// All virtual users deposit into one wallet: the cost of contention.

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

const load = settings('hot_wallet', { rate: 1000, duration: '30s', wallets: 1 });

export const options = k6Options(load, constantRate(load), { deposit: ['p(95)<100', 'p(99)<500'] }, MATCHED);

export function setup() {
    return openWallets(load, begin(load));
}

let wallets;

export default function (urls) {
    wallets ??= new SharedWallets(urls);
    wallets.deposit(wallets.any());
}

export function teardown(urls) {
    settleShared(urls);
}

export function handleSummary(data) {
    return report(load, data);
}
