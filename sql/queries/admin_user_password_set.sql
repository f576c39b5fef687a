-- Sets the password hash of user $2 to $3, records the change by staff member $1, and ends all sessions and tokens of
-- the user. No row: there is no such user, or they are staff, whom the password does not suit ($4), or whose passwords the staff
-- member may not set ($5), other than their own. Served by users_pkey,
-- admin_sessions_user_id_idx, user_tokens_user_id_idx.
WITH changed AS (
    UPDATE users SET password_hash = $3 WHERE id = $2 AND (NOT is_staff OR $4::boolean AND ($5::boolean OR id = $1)) RETURNING id
), recorded AS (
    INSERT INTO user_changes (user_id, staff_id, field)
    SELECT id, $1, 'password' FROM changed
), signed_out AS (
    DELETE FROM admin_sessions WHERE user_id IN (SELECT id FROM changed)
), ended AS (
    DELETE FROM user_tokens WHERE user_id IN (SELECT id FROM changed)
), told AS (
    INSERT INTO access_changes (user_id) SELECT id FROM changed RETURNING pg_notify('wallet_engine_access', '')
)
SELECT changed.id FROM changed, told
