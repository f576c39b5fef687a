-- What no balance and no amount may be above.
--
-- 'NaN' is greater than every number for PostgreSQL, so CHECK (balance >= 0) lets it pass, and an upper bound does not.
--
-- NOT VALID: nothing is scanned while the tables are locked. Rows that were there before are checked afterwards, beside
-- writers (storage/migrate/online.rs). The lock is waited for so briefly because every writer queues behind the one who
-- waits; the program tries again.
SET LOCAL lock_timeout = '200ms';
ALTER TABLE operations ADD CONSTRAINT operations_amount_max_check CHECK (amount <= 99999999.99) NOT VALID;
ALTER TABLE operations ADD CONSTRAINT operations_balance_max_check CHECK (balance_after <= 9999999999.99) NOT VALID;
ALTER TABLE wallets ADD CONSTRAINT wallets_balance_max_check CHECK (balance <= 9999999999.99) NOT VALID;
ALTER TABLE corrections ADD CONSTRAINT corrections_amount_max_check CHECK (amount <= 99999999.99) NOT VALID;
