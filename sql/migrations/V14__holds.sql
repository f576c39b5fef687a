-- Money that is held, operations that are reversed, and rules of a wallet.
--
-- All of them are rows of the wallet's ledger. What a wallet has beyond its balance is beside it as well, as its next operation
-- depends on it: its open holds in a table of their own, its rules in its row. A wallet without either has no row there and NULLs
-- here, which take no room.
--
-- The checks are added NOT VALID and validated beside writers (storage/migrate/online.rs), and the indexes of operations are built
-- beside them (storage/migrate/missing_indexes.rs).
--
-- PostgreSQL parses and plans the text of every check of a table once a statement, so a check costs a statement of one row more
-- than its evaluation does: with one for each of the new columns such a statement took 87 microseconds of the server's time
-- instead of 51, with those below it takes no more than before (PostgreSQL 15). So there are few and short ones, about what a
-- reader relies on; the rest is the audit's (queries/audit_breaches.sql). A check that says the same as another one is dropped:
-- what is held lies between zero and the balance.
--
-- An engine of an earlier version on the same database knows neither holds nor rules: stop them all before the first one is made.
SET LOCAL lock_timeout = '200ms';
ALTER TABLE wallets
    -- What of the balance is held: the sum of what its open holds have remaining.
    ADD COLUMN held numeric(12, 2) NOT NULL DEFAULT 0,
    ADD COLUMN rules jsonb,
    -- What has left on that day (UTC), if the rules limit it; NULL if nobody has counted it.
    ADD COLUMN spent_day date,
    ADD COLUMN spent numeric(14, 2),
    DROP CONSTRAINT wallets_balance_check,
    DROP CONSTRAINT wallets_version_check,
    ADD CONSTRAINT wallets_held_check CHECK (held >= 0.0 AND held <= balance) NOT VALID;
CREATE TABLE holds (
    wallet_id  uuid NOT NULL,
    -- The row of the ledger that placed it.
    seq        bigint NOT NULL,
    amount     numeric(10, 2) NOT NULL,
    remaining  numeric(10, 2) NOT NULL,
    expires_at timestamptz NOT NULL,
    reference  text,
    created_at timestamptz NOT NULL,
    CONSTRAINT holds_pkey PRIMARY KEY (wallet_id, seq),
    CONSTRAINT holds_remaining_check CHECK (remaining > 0 AND remaining <= amount)
) WITH (
    -- A small table that changes with every hold: room for a new version of a row beside the old one, and vacuumed at every turn.
    fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0
);
-- Which holds have expired.
CREATE INDEX holds_expires_at ON holds (expires_at);
ALTER TABLE operations
    -- NULL: nothing is held.
    ADD COLUMN held_after numeric(12, 2),
    -- The hold that a row places, captures or releases: the row that placed it, so also its own.
    ADD COLUMN hold_seq bigint,
    -- Of a row that places a hold, when it expires; of a release, when the hold expired, if that is why.
    ADD COLUMN expires_at timestamptz,
    ADD COLUMN reverses_seq bigint,
    -- The rules from here on.
    ADD COLUMN rules jsonb,
    ADD COLUMN reason text,
    ADD COLUMN actor text,
    DROP CONSTRAINT operations_kind_check,
    ADD CONSTRAINT operations_kind_check
        CHECK (kind IN (
            'DEPOSIT', 'WITHDRAW', 'TRANSFER_OUT', 'TRANSFER_IN', 'HOLD', 'CAPTURE', 'RELEASE', 'REVERSAL_IN', 'REVERSAL_OUT',
            'FREEZE', 'UNFREEZE', 'CLOSE', 'REOPEN', 'LIMIT'
        )) NOT VALID,
    DROP CONSTRAINT operations_seq_check,
    DROP CONSTRAINT operations_amount_check,
    DROP CONSTRAINT operations_amount_max_check,
    DROP CONSTRAINT operations_balance_check,
    DROP CONSTRAINT operations_balance_max_check,
    DROP CONSTRAINT operations_counterpart_check,
    DROP CONSTRAINT operations_reference_check,
    -- 'NaN' is greater than every number. A change of rules moves no money, and nothing else is without an amount.
    ADD CONSTRAINT operations_row_check
        CHECK (
            (amount > 0.0) = (rules IS NULL)
            AND amount <= 99999999.99
            AND balance_after >= 0.0
            AND balance_after <= 9999999999.99
            AND held_after <= balance_after
            AND (other_wallet IS NULL) = (other_seq IS NULL)
            AND num_nonnulls(hold_seq, reverses_seq, rules) <= 1
        ) NOT VALID;
-- A row of such a kind names the one that it reverses.
ALTER TABLE operation_kinds ADD COLUMN is_reversal boolean NOT NULL DEFAULT false;
INSERT INTO operation_kinds (kind, balance_sign, held_sign, is_reversal)
VALUES
    ('HOLD', 0, 1, false),
    ('CAPTURE', -1, -1, false),
    ('RELEASE', 0, -1, false),
    ('REVERSAL_IN', 1, 0, true),
    ('REVERSAL_OUT', -1, 0, true),
    ('FREEZE', 0, 0, false),
    ('UNFREEZE', 0, 0, false),
    ('CLOSE', 0, 0, false),
    ('REOPEN', 0, 0, false),
    ('LIMIT', 0, 0, false);
