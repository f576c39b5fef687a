-- Users, their wallets, and the ledger of what happened to each wallet.
--
-- wallets and operations can be spread over nodes by the wallet's id one day, so every key of theirs begins
-- with it, and no foreign key crosses from them to users.

CREATE TABLE users (
    id            bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT users_pkey PRIMARY KEY,
    username      text NOT NULL CONSTRAINT users_username_key UNIQUE,
    email         text NOT NULL,
    -- The address that this user holds alone. NULL for a user who wrote the domain of an address that was
    -- already held in other letters than it is stored in: the recorded contract lets that registration pass.
    email_key     text CONSTRAINT users_email_key UNIQUE,
    password_hash text NOT NULL,
    wallet_id     uuid NOT NULL CONSTRAINT users_wallet_id_key UNIQUE,
    is_active     boolean NOT NULL DEFAULT true,
    is_staff      boolean NOT NULL DEFAULT false,
    created_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT users_email_key_check CHECK (email_key = email)
);

-- Half of each page stays free, so that a new version of a row finds room beside the old one and no index
-- has to be touched (heap-only tuples).
CREATE TABLE wallets (
    id         uuid CONSTRAINT wallets_pkey PRIMARY KEY,
    user_id    bigint NOT NULL,
    balance    numeric(12, 2) NOT NULL DEFAULT 0 CONSTRAINT wallets_balance_check CHECK (balance >= 0),
    version    bigint NOT NULL DEFAULT 0 CONSTRAINT wallets_version_check CHECK (version >= 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);

-- A row's wallet exists: it is written by the statement that moved that wallet (sql/queries/commit.sql).
CREATE TABLE operations (
    wallet_id       uuid NOT NULL,
    seq             bigint NOT NULL CONSTRAINT operations_seq_check CHECK (seq > 0),
    id              uuid NOT NULL,
    kind            text NOT NULL CONSTRAINT operations_kind_check CHECK (kind IN ('DEPOSIT', 'WITHDRAW')),
    amount          numeric(10, 2) NOT NULL CONSTRAINT operations_amount_check CHECK (amount > 0),
    balance_after   numeric(12, 2) NOT NULL CONSTRAINT operations_balance_check CHECK (balance_after >= 0),
    idempotency_key text,
    request_hash    bytea,
    created_at      timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT operations_pkey PRIMARY KEY (wallet_id, seq)
);

CREATE UNIQUE INDEX operations_idempotency_key ON operations (wallet_id, idempotency_key)
    WHERE idempotency_key IS NOT NULL;
