-- Makes a user staff with the role $3, with this password if it is not NULL, and records the changes. Served by users_username_key.
WITH old AS (
    SELECT id, is_active, CASE WHEN is_staff THEN coalesce(role, 'viewer') ELSE 'none' END AS role FROM users WHERE username = $1 COLLATE "C" FOR UPDATE
), promoted AS (
    UPDATE users u
    SET is_staff = true, role = $3, is_active = true, password_hash = coalesce($2, u.password_hash)
    FROM old
    WHERE u.id = old.id
    RETURNING u.id
), recorded AS (
    INSERT INTO user_changes (user_id, field, old_value, new_value)
    SELECT old.id, change.field, change.old_value, change.new_value
    FROM old
    CROSS JOIN LATERAL (VALUES
        (NOT old.is_active, 'is_active', 'false', 'true'),
        (old.role <> $3, 'role', old.role, $3),
        ($2::text IS NOT NULL, 'password', NULL, NULL)
    ) AS change (happened, field, old_value, new_value)
    WHERE change.happened
), told AS (
    INSERT INTO access_changes (user_id) SELECT id FROM promoted RETURNING pg_notify('wallet_engine_access', '')
)
SELECT promoted.id FROM promoted, told
