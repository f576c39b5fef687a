// Deposits and withdrawals spread evenly over many wallets, none of them hot; every balance is checked to the cent.

import {
    ACCOUNTED,
    OwnWallets,
    begin,
    constantRate,
    k6Options,
    openWallets,
    report,
    settings,
    settle,
} from './lib.js';

const DEPOSIT_MAX_CENTS = 10_000;

const load = settings('spread', { rate: 500, duration: '30s', wallets: 200, own: true });
const limits = { deposit: ['p(95)<100', 'p(99)<500'], withdraw: ['p(95)<100', 'p(99)<500'] };

export const options = k6Options(load, constantRate(load), limits, ACCOUNTED);

export function setup() {
    return openWallets(load, begin(load));
}

let wallets;

export default function (urls) {
    wallets ??= new OwnWallets(urls, load.users);
    const wallet = wallets.any();
    if (wallet.cents === 0 || Math.random() < 0.5) {
        wallets.deposit(wallet, 1 + Math.floor(Math.random() * DEPOSIT_MAX_CENTS));
    } else {
        wallets.withdraw(wallet, 1 + Math.floor(Math.random() * wallet.cents));
    }
}

export function teardown(urls) {
    settle(urls);
}

export function handleSummary(data) {
    return report(load, data);
}
