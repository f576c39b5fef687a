-- Changes user $2, if they are still as the form showed them ($3 to $5), to $6 to $8, and records the changes by staff member
-- $1. A role is `none` of who is not staff. Who is made staff gets the password hash $9; NULL: the password stays. No row: the user
-- was changed meanwhile, or would be staff without a new password. Ends the sessions of a user who may no longer sign in, the tokens of
-- one who is not active, and both with a new password. Served by users_pkey, admin_sessions_user_id_idx, user_tokens_user_id_idx;
-- users_email_key rejects the address of another user.
WITH old AS (
    SELECT id, email, is_active, staff.role
    FROM users
    CROSS JOIN LATERAL (SELECT CASE WHEN is_staff THEN coalesce(users.role, 'viewer') ELSE 'none' END AS role) staff
    WHERE id = $2 AND email = $3 AND is_active = $4 AND staff.role = $5
        AND (staff.role <> 'none' OR $8::text = 'none' OR $9::text IS NOT NULL)
    FOR UPDATE OF users
), changed AS (
    UPDATE users u
    SET email = $6,
        is_active = $7,
        is_staff = $8 <> 'none',
        role = nullif($8, 'none'),
        password_hash = coalesce($9, u.password_hash)
    FROM old
    WHERE u.id = old.id
    RETURNING u.id
), recorded AS (
    INSERT INTO user_changes (user_id, staff_id, field, old_value, new_value)
    SELECT old.id, $1, change.field, change.old_value, change.new_value
    FROM old
    CROSS JOIN LATERAL (VALUES
        (old.email <> $6, 'email', old.email, $6::text),
        (old.is_active <> $7, 'is_active', old.is_active::text, $7::boolean::text),
        (old.role <> $8, 'role', old.role, $8),
        ($9 IS NOT NULL, 'password', NULL, NULL)
    ) AS change (happened, field, old_value, new_value)
    WHERE change.happened
), signed_out AS (
    DELETE FROM admin_sessions WHERE user_id IN (SELECT id FROM changed) AND (NOT ($7 AND $8 <> 'none') OR $9 IS NOT NULL)
), ended AS (
    DELETE FROM user_tokens WHERE user_id IN (SELECT id FROM changed) AND (NOT $7 OR $9 IS NOT NULL)
), told AS (
    INSERT INTO access_changes (user_id) SELECT id FROM changed RETURNING pg_notify('wallet_engine_access', '')
)
SELECT changed.id FROM changed, told
