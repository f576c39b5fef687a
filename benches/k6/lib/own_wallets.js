// Wallets of a single virtual user, which knows each balance to the cent.

import exec from 'k6/execution';
import { check } from 'k6';

import { operate, overdraw, read } from './requests.js';

/** The wallets that this virtual user alone works on; it knows their balances. There may be none. */
export class OwnWallets {
    constructor(urls, users) {
        const mine = urls.filter((_, index) => index % users === exec.vu.idInTest - 1);
        this.wallets = mine.map((url) => ({ url, cents: 0 }));
    }

    any() {
        return this.wallets[Math.floor(Math.random() * this.wallets.length)];
    }

    deposit(wallet, cents) {
        this.#operate(wallet, 'DEPOSIT', cents, wallet.cents + cents);
    }

    withdraw(wallet, cents) {
        this.#operate(wallet, 'WITHDRAW', cents, wallet.cents - cents);
    }

    #operate(wallet, kind, cents, expected) {
        const balance = operate(wallet.url, kind, cents);
        check(balance, { 'the balance moved by the amount': (b) => b === expected });
        // After a lost response the balance is read, so that later responses are not reported as wrong.
        wallet.cents = balance ?? read(wallet.url) ?? wallet.cents;
    }

    read(wallet) {
        check(read(wallet.url), { 'a read balance is the one last answered': (b) => b === wallet.cents });
    }

    /** Asks for a cent more than there is. */
    overdraw(wallet) {
        overdraw(wallet.url, wallet.cents + 1);
    }
}
