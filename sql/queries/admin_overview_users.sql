-- The number of users registered from $1 to before $2 (NULL: no end). Served by users_by_created_at, with a range for each
-- of the four combinations of flags.
SELECT coalesce(sum(registered.users), 0)::bigint AS users
FROM (VALUES (true, true), (true, false), (false, true), (false, false)) AS kind (is_active, is_staff),
    LATERAL (
        SELECT count(*) AS users
        FROM users
        WHERE users.is_active = kind.is_active AND users.is_staff = kind.is_staff
            AND created_at >= $1 AND created_at < coalesce($2::timestamptz, 'infinity')
    ) AS registered
