-- Creates a session of a user, valid while their password hash is $3, which was checked. Deletes expired sessions.
-- Served by users_pkey and admin_sessions_expires_at_idx.
WITH expired AS (
    DELETE FROM admin_sessions WHERE expires_at <= now()
)
INSERT INTO admin_sessions (token_hash, user_id, password, expires_at)
VALUES ($1, $2, sha256(convert_to($3, 'UTF8')), now() + make_interval(secs => $4))
