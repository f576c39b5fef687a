// What the loads share: settings, wallets to work on, checked requests, the account at the end, the report.
//
// 1. `setup()` asks whether an engine answers, and registers the load's own users, a few at a time, under names
//    that no other run has. A load touches no other wallet.
// 2. Every answer is checked: status, content type, the documented body, and that the balance is one that it can be.
//    A virtual user cannot see another's answers, so there are two ways:
//    - A wallet of its own (`OwnWallets`): the balance has to be the last one, moved by the amount, to the cent.
//    - A wallet of everybody (`SharedWallets`), with deposits of one size only: the balance has to be a whole number of
//      deposits, and what one user sees has to grow with its every deposit.
// 3. Every acknowledged operation is counted, in counters that all users add to, and `teardown()` subtracts what the
//    wallets then hold. What is left over has to be zero:
//    - `unaccounted_cents`: the acknowledged amounts minus the balances, of all wallets together. A lost or a doubled
//      operation shows here.
//    - `unmatched_answers`, on shared wallets: a fingerprint of each answered balance, minus those of deposits
//      1 to n. Two users who are answered the same balance show here, with a chance of 1 in 16 million to hide.
// 4. A request without an answer, or with one that was not asked for, is a failure, and fails the load: what it did
//    is not known, so the account cannot be exact. A registration that is refused with 503 is not (`register`).
//
// Nothing is fetched but what the load asks the engine.

export { ACCOUNTED, MATCHED, constantRate, k6Options, risingAndFallingRate, settings } from './lib/settings.js';
export { begin, openWallets, register } from './lib/registration.js';
export { OwnWallets } from './lib/own_wallets.js';
export { SharedWallets, settleShared } from './lib/shared_wallets.js';
export { read, settle } from './lib/requests.js';
export { report } from './lib/report.js';
