-- A second factor of staff, and the sessions of staff as they see them.
--
-- The secret of a factor is here in clear, as no code can be checked against a hash: whoever reads this table can compute codes, and
-- still needs the password. Recovery codes are random, and only their SHA-256 is here.
CREATE TABLE staff_factors (
    user_id      bigint CONSTRAINT staff_factors_pkey PRIMARY KEY
        CONSTRAINT staff_factors_user_id_fkey REFERENCES users ON DELETE CASCADE,
    secret       bytea NOT NULL,
    -- It is in force since: a code of it was typed then.
    confirmed_at timestamptz NOT NULL DEFAULT now(),
    -- The step of 30 seconds whose code was accepted last. No code of this step or an earlier one is accepted again.
    last_step    bigint NOT NULL,
    CONSTRAINT staff_factors_secret_check CHECK (octet_length(secret) = 20)
);

CREATE TABLE staff_recovery_codes (
    user_id bigint NOT NULL CONSTRAINT staff_recovery_codes_user_id_fkey REFERENCES staff_factors ON DELETE CASCADE,
    digest  bytea NOT NULL,
    -- Each is accepted once.
    used_at timestamptz,
    CONSTRAINT staff_recovery_codes_pkey PRIMARY KEY (user_id, digest),
    CONSTRAINT staff_recovery_codes_digest_check CHECK (octet_length(digest) = 32)
);

ALTER TABLE admin_sessions
    -- By which a session is listed and ended. The token's hash is shown nowhere.
    ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY,
    -- A code was accepted then. NULL: none was, also in a session that an engine of an earlier version began; of a user with a
    -- factor, such a session reaches nothing.
    ADD COLUMN verified_at timestamptz,
    ADD COLUMN seen_at timestamptz NOT NULL DEFAULT now(),
    -- NULL: an engine of an earlier version began it.
    ADD COLUMN address text,
    ADD COLUMN agent text,
    -- A secret that was shown in this session and is in force once a code of it is typed, in this session, by that time.
    ADD COLUMN pending_secret bytea,
    ADD COLUMN pending_until timestamptz,
    ADD CONSTRAINT admin_sessions_pending_check CHECK (
        (pending_secret IS NULL) = (pending_until IS NULL) AND (pending_secret IS NULL OR octet_length(pending_secret) = 20)
    );
