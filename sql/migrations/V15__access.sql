-- Who may use the API: keys, and tokens of wallets' owners. Only the SHA-256 of either is here, so nobody can use one by reading
-- this database.
--
-- An engine of an earlier version on the same database knows neither: it serves whoever reaches it.
CREATE TABLE api_keys (
    id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT api_keys_pkey PRIMARY KEY,
    name         text NOT NULL,
    -- Two of a name are live at once, so that one takes the other's place without a pause.
    slot         smallint NOT NULL,
    digest       bytea NOT NULL,
    scopes       text[] NOT NULL,
    -- NULL: every wallet.
    wallets      uuid[],
    -- The form of the panel that asked for it: sent twice, it makes one key.
    form         uuid,
    created_at   timestamptz NOT NULL DEFAULT now(),
    -- The member of the staff; NULL: the command line.
    created_by   bigint CONSTRAINT api_keys_created_by_fkey REFERENCES users ON DELETE SET NULL,
    expires_at   timestamptz,
    last_used_at timestamptz,
    revoked_at   timestamptz,
    revoked_by   bigint CONSTRAINT api_keys_revoked_by_fkey REFERENCES users ON DELETE SET NULL,
    CONSTRAINT api_keys_name_check CHECK (name COLLATE "C" ~ '^[A-Za-z0-9._-]{1,64}$'),
    CONSTRAINT api_keys_slot_check CHECK (slot IN (1, 2)),
    CONSTRAINT api_keys_digest_check CHECK (octet_length(digest) = 32),
    CONSTRAINT api_keys_revoked_check CHECK (revoked_by IS NULL OR revoked_at IS NOT NULL)
);
CREATE UNIQUE INDEX api_keys_digest_key ON api_keys (digest);
CREATE UNIQUE INDEX api_keys_form_key ON api_keys (form);
CREATE UNIQUE INDEX api_keys_live_key ON api_keys (name COLLATE "C", slot) WHERE revoked_at IS NULL;
CREATE INDEX api_keys_name_idx ON api_keys (name COLLATE "C", id);
CREATE INDEX api_keys_created_by_idx ON api_keys (created_by);
CREATE INDEX api_keys_revoked_by_idx ON api_keys (revoked_by);

CREATE TABLE user_tokens (
    digest     bytea CONSTRAINT user_tokens_pkey PRIMARY KEY,
    user_id    bigint NOT NULL CONSTRAINT user_tokens_user_id_fkey REFERENCES users ON DELETE CASCADE,
    -- The SHA-256 of the user's password_hash when they signed in: with another password the token is none.
    password   bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX user_tokens_user_id_idx ON user_tokens (user_id, created_at);
CREATE INDEX user_tokens_expires_at_idx ON user_tokens (expires_at);

-- What engines have to forget that they remember: a key, or all tokens of a user. Rows of the last minutes alone.
CREATE TABLE access_changes (
    id         bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT access_changes_pkey PRIMARY KEY,
    key_id     bigint,
    user_id    bigint,
    changed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT access_changes_subject_check CHECK (num_nonnulls(key_id, user_id) = 1)
);
CREATE INDEX access_changes_changed_at_idx ON access_changes (changed_at);
