-- Staff member $1 gives user $2 the password with the hash $3; that it happened is recorded, and the user is signed out
-- everywhere. No row: there is no such user. Served by users_pkey, admin_sessions_user_id_idx.
WITH changed AS (
    UPDATE users SET password_hash = $3 WHERE id = $2 RETURNING id
), recorded AS (
    INSERT INTO user_changes (user_id, staff_id, field)
    SELECT id, $1, 'password' FROM changed
), signed_out AS (
    DELETE FROM admin_sessions WHERE user_id IN (SELECT id FROM changed)
)
SELECT id FROM changed
