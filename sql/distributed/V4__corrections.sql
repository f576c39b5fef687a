-- V4__corrections.sql, where wallets are distributed: corrections are as well, with their wallets.
CREATE INDEX wallets_created_at ON wallets (created_at, id);
CREATE TABLE corrections (
    wallet_id       uuid NOT NULL,
    idempotency_key text NOT NULL,
    staff_id        bigint NOT NULL,
    kind            text NOT NULL CONSTRAINT corrections_kind_check CHECK (kind IN ('DEPOSIT', 'WITHDRAW')),
    amount          numeric(10, 2) NOT NULL CONSTRAINT corrections_amount_check CHECK (amount > 0),
    reason          text NOT NULL CONSTRAINT corrections_reason_check CHECK (char_length(reason) BETWEEN 3 AND 500),
    created_at      timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT corrections_pkey PRIMARY KEY (wallet_id, idempotency_key)
);
SELECT create_distributed_table('corrections', 'wallet_id', colocate_with => 'wallets');
