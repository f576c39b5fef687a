-- Who is signed in to the admin panel, and who failed to.

-- What the browser holds is random and is nowhere here: only its SHA-256 is, so nobody can become somebody by reading
-- this table.
CREATE TABLE admin_sessions (
    token_hash   bytea CONSTRAINT admin_sessions_pkey PRIMARY KEY,
    user_id      bigint NOT NULL CONSTRAINT admin_sessions_user_id_fkey REFERENCES users ON DELETE CASCADE,
    -- The SHA-256 of the user's password_hash at sign-in: with another password the session is none.
    password     bytea NOT NULL,
    -- What the next page is to say, once.
    message      text,
    message_tone text CONSTRAINT admin_sessions_tone_check CHECK (message_tone IN ('good', 'bad')),
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,
    CONSTRAINT admin_sessions_message_check CHECK ((message IS NULL) = (message_tone IS NULL))
);
CREATE INDEX admin_sessions_user_id_idx ON admin_sessions (user_id);
CREATE INDEX admin_sessions_expires_at_idx ON admin_sessions (expires_at);

-- Attempts to sign in since the window of each account and each address began. Both are kept as a SHA-256: people type
-- passwords where a name belongs.
CREATE TABLE admin_sign_in_attempts (
    subject     bytea CONSTRAINT admin_sign_in_attempts_pkey PRIMARY KEY,
    attempts    bigint NOT NULL,
    window_ends timestamptz NOT NULL
);
CREATE INDEX admin_sign_in_attempts_window_ends_idx ON admin_sign_in_attempts (window_ends);
