// A long mix of reads, deposits, withdrawals, rejected withdrawals and occasional registrations, at a rate that rises and
// falls. Every balance is checked to the cent.

import exec from 'k6/execution';

import {
    ACCOUNTED,
    OwnWallets,
    begin,
    k6Options,
    openWallets,
    register,
    report,
    risingAndFallingRate,
    settings,
    settle,
} from './lib.js';

const MOVE_MAX_CENTS = 5_000;

const load = settings('soak', { rate: 200, duration: '30m', wallets: 200, own: true });
const limits = {
    read: ['p(95)<50', 'p(99)<250'],
    deposit: ['p(95)<100', 'p(99)<500'],
    withdraw: ['p(95)<100', 'p(99)<500'],
    overdraw: ['p(95)<100', 'p(99)<500'],
    register: ['p(95)<1000', 'p(99)<2000'],
};

export const options = k6Options(load, risingAndFallingRate(load), limits, ACCOUNTED);

export function setup() {
    const run = begin(load);
    return { run, urls: openWallets(load, run) };
}

let wallets;

export default function ({ run, urls }) {
    wallets ??= new OwnWallets(urls, load.users);
    const wallet = wallets.any();
    const cents = 1 + Math.floor(Math.random() * MOVE_MAX_CENTS);
    const what = Math.random();
    if (what < 0.6) {
        wallets.read(wallet);
    } else if (what < 0.8 || wallet.cents === 0) {
        wallets.deposit(wallet, cents);
    } else if (what < 0.95) {
        wallets.withdraw(wallet, Math.min(cents, wallet.cents));
    } else if (what < 0.99) {
        wallets.overdraw(wallet);
    } else {
        register(`${run}-${exec.scenario.iterationInTest}`);
    }
}

export function teardown({ urls }) {
    settle(urls);
}

export function handleSummary(data) {
    return report(load, data);
}
