-- Sets the password hash of active user $1 from $2, which was checked and may be renewed by now, to $3: every session and every token of theirs ends. No row: the
-- user is not active, or has another password. Records it as a change by themselves. Served by users_pkey, admin_sessions_user_id_idx
-- and user_tokens_user_id_idx.
WITH changed AS (
    UPDATE users
    SET password_hash = $3
    WHERE id = $1
        AND (password_hash = $2 OR password_tag(password_hash, password_renewal) = sha256(convert_to($2, 'UTF8')))
        AND is_active
    RETURNING id
), recorded AS (
    INSERT INTO user_changes (user_id, staff_id, field) SELECT id, id, 'password' FROM changed
), signed_out AS (
    DELETE FROM admin_sessions WHERE user_id IN (SELECT id FROM changed)
), ended AS (
    DELETE FROM user_tokens WHERE user_id IN (SELECT id FROM changed)
), told AS (
    INSERT INTO access_changes (user_id) SELECT id FROM changed RETURNING pg_notify('wallet_engine_access', '')
)
SELECT changed.id FROM changed, told
