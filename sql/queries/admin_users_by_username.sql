-- A page of users in the order of their names, in whatever letters these are written. Served by users_by_username.
--
-- $1 and $2 are the flags asked for, each or NULL; $3 is the last user of the page before, or NULL; $4 is the most users
-- of a page. Each of the four kinds of user has its own range of the index, of which no more than a page is read: so
-- rare kinds are found as fast as others, and however many users there are, a page costs the same.
SELECT page.*
FROM (VALUES (true, true), (true, false), (false, true), (false, false)) AS kind (is_active, is_staff)
CROSS JOIN LATERAL (
    SELECT u.id, u.username, u.email, u.is_active, u.is_staff, u.created_at
    FROM users u
    WHERE u.is_active = kind.is_active
        AND u.is_staff = kind.is_staff
        AND (lower(u.username) COLLATE "C", u.id)
            > (coalesce((SELECT lower(username) FROM users WHERE id = $3::bigint), '') COLLATE "C", coalesce($3, 0))
    ORDER BY lower(u.username) COLLATE "C", u.id
    LIMIT $4::bigint
) page
WHERE kind.is_active = coalesce($1::boolean, kind.is_active)
    AND kind.is_staff = coalesce($2::boolean, kind.is_staff)
ORDER BY lower(page.username) COLLATE "C", page.id
LIMIT $4
