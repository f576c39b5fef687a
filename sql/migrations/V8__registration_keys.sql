-- The key that a user was registered under; a registration without one has no row here.
--
-- A row's user exists: one statement inserts both (sql/queries/user_insert.sql). In a table of its own the key costs users
-- without one nothing, and a big table of users no new index.
CREATE TABLE registration_keys (
    idempotency_key text COLLATE "C" CONSTRAINT registration_keys_pkey PRIMARY KEY,
    user_id         bigint NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT registration_keys_key_check CHECK (octet_length(idempotency_key) BETWEEN 1 AND 255)
);
