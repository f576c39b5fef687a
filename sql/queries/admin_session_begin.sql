-- A new session of a user who had this password hash ($3) when it was checked. What has expired goes away with it.
-- Served by users_pkey and admin_sessions_expires_at_idx.
WITH expired AS (
    DELETE FROM admin_sessions WHERE expires_at <= now()
)
INSERT INTO admin_sessions (token_hash, user_id, password, expires_at)
VALUES ($1, $2, sha256(convert_to($3, 'UTF8')), now() + make_interval(secs => $4))
