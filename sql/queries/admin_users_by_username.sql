-- A page of users by name, case-insensitively. Served by users_by_username.
--
-- $1 and $2 are the flags to filter by, or NULL; $3 is the last user of the previous page, or NULL; $4 is the page size. Each
-- of the four combinations of flags is a range of the index, of which at most a page is read: so rare ones are found as fast
-- as others, and the cost of a page does not depend on the number of users.
SELECT page.*
FROM (VALUES (true, true), (true, false), (false, true), (false, false)) AS kind (is_active, is_staff)
CROSS JOIN LATERAL (
    SELECT u.id, u.username, u.email, u.is_active, u.is_staff, u.role, u.created_at
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
