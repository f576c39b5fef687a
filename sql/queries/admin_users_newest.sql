-- A page of users, the last registered first, otherwise as admin_users_by_username.sql. Served by users_by_created_at.
SELECT page.*
FROM (VALUES (true, true), (true, false), (false, true), (false, false)) AS kind (is_active, is_staff)
CROSS JOIN LATERAL (
    SELECT u.id, u.username, u.email, u.is_active, u.is_staff, u.role, u.created_at
    FROM users u
    WHERE u.is_active = kind.is_active
        AND u.is_staff = kind.is_staff
        AND (u.created_at, u.id)
            < (coalesce((SELECT created_at FROM users WHERE id = $3::bigint), 'infinity'), coalesce($3, 0))
    ORDER BY u.created_at DESC, u.id DESC
    LIMIT $4::bigint
) page
WHERE kind.is_active = coalesce($1::boolean, kind.is_active)
    AND kind.is_staff = coalesce($2::boolean, kind.is_staff)
ORDER BY page.created_at DESC, page.id DESC
LIMIT $4
