-- V14__holds.sql, where wallets are distributed: one subcommand an ALTER, and holds are distributed with their wallets.
SET LOCAL lock_timeout = '200ms';
ALTER TABLE wallets ADD COLUMN held numeric(12, 2) NOT NULL DEFAULT 0;
ALTER TABLE wallets ADD COLUMN rules jsonb;
ALTER TABLE wallets ADD COLUMN spent_day date;
ALTER TABLE wallets ADD COLUMN spent numeric(14, 2);
ALTER TABLE wallets DROP CONSTRAINT wallets_balance_check;
ALTER TABLE wallets DROP CONSTRAINT wallets_version_check;
ALTER TABLE wallets ADD CONSTRAINT wallets_held_check CHECK (held >= 0.0 AND held <= balance) NOT VALID;
CREATE TABLE holds (
    wallet_id  uuid NOT NULL,
    seq        bigint NOT NULL,
    amount     numeric(10, 2) NOT NULL,
    remaining  numeric(10, 2) NOT NULL,
    expires_at timestamptz NOT NULL,
    reference  text,
    created_at timestamptz NOT NULL,
    CONSTRAINT holds_pkey PRIMARY KEY (wallet_id, seq),
    CONSTRAINT holds_remaining_check CHECK (remaining > 0 AND remaining <= amount)
) WITH (
    fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0
);
CREATE INDEX holds_expires_at ON holds (expires_at);
SELECT create_distributed_table('holds', 'wallet_id', colocate_with => 'wallets');
ALTER TABLE operations ADD COLUMN held_after numeric(12, 2);
ALTER TABLE operations ADD COLUMN hold_seq bigint;
ALTER TABLE operations ADD COLUMN expires_at timestamptz;
ALTER TABLE operations ADD COLUMN reverses_seq bigint;
ALTER TABLE operations ADD COLUMN rules jsonb;
ALTER TABLE operations ADD COLUMN reason text;
ALTER TABLE operations ADD COLUMN actor text;
ALTER TABLE operations DROP CONSTRAINT operations_kind_check;
ALTER TABLE operations ADD CONSTRAINT operations_kind_check
    CHECK (kind IN (
        'DEPOSIT', 'WITHDRAW', 'TRANSFER_OUT', 'TRANSFER_IN', 'HOLD', 'CAPTURE', 'RELEASE', 'REVERSAL_IN', 'REVERSAL_OUT',
        'FREEZE', 'UNFREEZE', 'CLOSE', 'REOPEN', 'LIMIT'
    )) NOT VALID;
ALTER TABLE operations DROP CONSTRAINT operations_seq_check;
ALTER TABLE operations DROP CONSTRAINT operations_amount_check;
ALTER TABLE operations DROP CONSTRAINT operations_amount_max_check;
ALTER TABLE operations DROP CONSTRAINT operations_balance_check;
ALTER TABLE operations DROP CONSTRAINT operations_balance_max_check;
ALTER TABLE operations DROP CONSTRAINT operations_counterpart_check;
ALTER TABLE operations DROP CONSTRAINT operations_reference_check;
ALTER TABLE operations ADD CONSTRAINT operations_row_check
    CHECK (
        (amount > 0.0) = (rules IS NULL)
        AND amount <= 99999999.99
        AND balance_after >= 0.0
        AND balance_after <= 9999999999.99
        AND held_after <= balance_after
        AND (other_wallet IS NULL) = (other_seq IS NULL)
        AND num_nonnulls(hold_seq, reverses_seq, rules) <= 1
    ) NOT VALID;
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
