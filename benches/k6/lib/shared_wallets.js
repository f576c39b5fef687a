// Wallets that all virtual users deposit into; the possible balances are known.

import { check } from 'k6';
import { Counter } from 'k6/metrics';

import { operate, read, settle } from './requests.js';

/** Cents of every deposit. */
const DEPOSIT_CENTS = 125;

const unmatched = new Counter('unmatched_answers');

/** Wallets that every virtual user deposits into, always the same amount. */
export class SharedWallets {
    constructor(urls) {
        this.wallets = urls.map((url, index) => ({ url, index, seen: 0 }));
    }

    any() {
        return this.wallets[Math.floor(Math.random() * this.wallets.length)];
    }

    deposit(wallet) {
        const balance = operate(wallet.url, 'DEPOSIT', DEPOSIT_CENTS);
        check(balance, {
            'a balance is a whole number of deposits': (b) => b !== null && b % DEPOSIT_CENTS === 0,
            'a balance grows with every deposit': (b) => b > wallet.seen,
        });
        if (balance !== null) {
            unmatched.add(fingerprint(wallet.index, balance / DEPOSIT_CENTS));
            wallet.seen = balance;
        }
    }

    read(wallet) {
        const balance = read(wallet.url);
        check(balance, {
            'a read balance is a whole number of deposits': (b) => b !== null && b % DEPOSIT_CENTS === 0,
            'a read balance never goes back': (b) => b >= wallet.seen,
        });
        wallet.seen = balance ?? wallet.seen;
    }
}

/** 24 well-mixed bits (the end of MurmurHash3) of a wallet's nth deposit: sums of them are exact to 2^29 deposits. */
function fingerprint(wallet, nth) {
    let bits = Math.imul(wallet, 0x9e3779b1) ^ nth;
    bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
    bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
    return (bits ^ (bits >>> 16)) >>> 8;
}

/** Subtracts, beside the balances, the deposits that made them from those that were answered. For `teardown()`. */
export function settleShared(urls) {
    settle(urls).forEach((balance, wallet) => {
        let deposits = 0;
        for (let nth = 1; nth <= balance / DEPOSIT_CENTS; nth += 1) {
            deposits += fingerprint(wallet, nth);
        }
        unmatched.add(-deposits);
    });
}
