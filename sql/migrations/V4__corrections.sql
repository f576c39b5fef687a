-- What staff look wallets up by, and the corrections that they make.

-- The order of registration, for the list of wallets. Neither column is ever changed, so an update of a balance stays
-- heap-only (HOT); an index on balance or updated_at would end that, and every operation would write to it.
CREATE INDEX wallets_created_at ON wallets (created_at, id);

-- A deposit or withdrawal by staff, with its reason, written before the engine is asked for the operation: a reason is
-- never lost. The operation that it became is the one of the same wallet, key, kind and amount in the ledger; a correction
-- without one was not carried out. Keys of this form are beyond any client of the API (domain/idempotency.rs).
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
