-- Makes a token of an active user, valid while they have the password whose hash $3 was checked; deletes expired ones, and of theirs the
-- oldest beyond $5, which engines have to forget; forgets changes that every engine has learnt. No row: the user is not active, or has
-- another password. Served by users_pkey, user_tokens_user_id_idx, user_tokens_expires_at_idx and access_changes_changed_at_idx.
WITH oldest AS MATERIALIZED (
    -- Not within the DELETE, which could run it once for each row, and find a hundred others each time.
    SELECT digest FROM user_tokens WHERE expires_at <= now() ORDER BY expires_at LIMIT 100 FOR UPDATE SKIP LOCKED
), expired AS (
    DELETE FROM user_tokens WHERE digest IN (SELECT digest FROM oldest)
), surplus AS (
    DELETE FROM user_tokens WHERE digest IN (
        SELECT digest FROM user_tokens WHERE user_id = $2 ORDER BY created_at DESC, digest OFFSET $5::bigint - 1
    )
    RETURNING user_id
), forgotten AS (
    DELETE FROM access_changes WHERE changed_at < now() - interval '10 minutes'
), told AS (
    INSERT INTO access_changes (user_id) SELECT DISTINCT user_id FROM surplus RETURNING pg_notify('wallet_engine_access', '')
)
INSERT INTO user_tokens (digest, user_id, password, expires_at)
SELECT $1, id, password_tag(password_hash, password_renewal), now() + make_interval(secs => $4)
FROM users
WHERE id = $2
    AND is_active
    -- By now it may be renewed.
    AND (password_hash = $3 OR password_tag(password_hash, password_renewal) = sha256(convert_to($3, 'UTF8')))
RETURNING expires_at
