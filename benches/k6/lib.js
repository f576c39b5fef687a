// Shared by the load tests: settings, wallets, checked requests, the final reconciliation, the report.
//
// 1. `setup()` checks that an engine responds, and registers users for this run, a few at a time, with unique names. A load
//    test uses no other wallets.
// 2. Every response is checked: status, content type, the documented body, and that the balance is possible. A virtual user
//    cannot see the responses of others, so there are two ways:
//    - One wallet per user (`OwnWallets`): the balance has to be the previous one plus or minus the amount, to the cent.
//    - Shared wallets (`SharedWallets`), with deposits of one amount: the balance has to be a multiple of it, and each user
//      has to see it grow with each of its deposits.
// 3. Every acknowledged operation is added to counters of all users, and `teardown()` subtracts the wallets' balances. The
//    result has to be zero:
//    - `unaccounted_cents`: the acknowledged amounts minus the balances, over all wallets. It detects a lost or duplicate
//      operation.
//    - `unmatched_answers`, on shared wallets: a fingerprint of each returned balance, minus those of deposits 1 to n. It
//      detects that two users got the same balance, and misses that with a probability of 1 in 16 million.
//    - `unaccounted_events`, where the feed is followed: the acknowledged operations minus the events.
//    Transfers move money that is counted already: whatever they add to the balances or take from them is unaccounted.
// 4. A request without a response, or with an unexpected one, is a failure, and fails the load test: its outcome is unknown,
//    so the reconciliation cannot be exact. A registration that is refused with 503 is not a failure (`register`).
//
// With WALLET_AUTH on, TOKEN is a key with every scope. A load test sends requests to the engine only.

export { ACCOUNTED, MATCHED, constantRate, k6Options, risingAndFallingRate, settings } from './lib/settings.js';
export { begin, openWallets, register } from './lib/registration.js';
export { OwnWallets } from './lib/own_wallets.js';
export { SharedWallets, settleShared } from './lib/shared_wallets.js';
export { read, settle } from './lib/requests.js';
export { depositBatch, transfer } from './lib/transfers.js';
export { capture, hold } from './lib/holds.js';
export { Reader } from './lib/events.js';
export { report } from './lib/report.js';
