-- Money that is held, operations that are reversed, and rules of a wallet.
--
-- All of them are rows of the wallet's ledger. What a wallet has beyond its balance is beside it as well, as its next operation
-- depends on it: its open holds in a table of their own, its rules in its row. A wallet without either has no row there and NULLs
-- here, which take no room.
--
-- The checks are added NOT VALID and validated beside writers, and the indexes are built beside them (storage/migrate/online.rs).
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
    ADD CONSTRAINT wallets_held_check CHECK (held BETWEEN 0 AND balance) NOT VALID,
    ADD CONSTRAINT wallets_spent_check CHECK ((spent_day IS NULL) = (spent IS NULL)) NOT VALID;
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
    DROP CONSTRAINT operations_amount_check,
    ADD CONSTRAINT operations_amount_check CHECK (amount > 0 OR (amount = 0 AND rules IS NOT NULL)) NOT VALID,
    DROP CONSTRAINT operations_counterpart_check,
    ADD CONSTRAINT operations_counterpart_check
        CHECK (
            (other_wallet IS NULL) = (other_seq IS NULL)
            AND (transfer_id IS NULL OR other_wallet IS NOT NULL)
            AND CASE
                WHEN transfer_id IS NULL THEN kind NOT IN ('TRANSFER_OUT', 'TRANSFER_IN')
                ELSE kind IN ('TRANSFER_OUT', 'TRANSFER_IN', 'CAPTURE', 'REVERSAL_IN', 'REVERSAL_OUT')
            END
        ) NOT VALID,
    -- The kinds that nearly all rows have come first.
    ADD CONSTRAINT operations_details_check
        CHECK (CASE
            WHEN kind IN ('DEPOSIT', 'WITHDRAW', 'TRANSFER_OUT', 'TRANSFER_IN')
                THEN hold_seq IS NULL AND reverses_seq IS NULL AND rules IS NULL AND expires_at IS NULL
            WHEN kind = 'HOLD' THEN hold_seq = seq AND expires_at IS NOT NULL AND reverses_seq IS NULL AND rules IS NULL
            WHEN kind IN ('CAPTURE', 'RELEASE') THEN hold_seq < seq AND reverses_seq IS NULL AND rules IS NULL
            WHEN kind IN ('REVERSAL_IN', 'REVERSAL_OUT') THEN reverses_seq < seq AND hold_seq IS NULL AND rules IS NULL
            ELSE rules IS NOT NULL AND hold_seq IS NULL AND reverses_seq IS NULL
        END IS TRUE) NOT VALID,
    ADD CONSTRAINT operations_held_check CHECK (held_after > 0 AND held_after <= balance_after) NOT VALID,
    ADD CONSTRAINT operations_note_check
        CHECK (length(reason) BETWEEN 1 AND 500 AND length(actor) BETWEEN 1 AND 255) NOT VALID;
INSERT INTO operation_kinds (kind, balance_sign, held_sign, is_transfer)
VALUES
    ('HOLD', 0, 1, false),
    ('CAPTURE', -1, -1, false),
    ('RELEASE', 0, -1, false),
    ('REVERSAL_IN', 1, 0, false),
    ('REVERSAL_OUT', -1, 0, false),
    ('FREEZE', 0, 0, false),
    ('UNFREEZE', 0, 0, false),
    ('CLOSE', 0, 0, false),
    ('REOPEN', 0, 0, false),
    ('LIMIT', 0, 0, false);
