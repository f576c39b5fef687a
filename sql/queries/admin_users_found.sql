-- Users whose name begins with $1 or whose address begins with $2, case-insensitively, the user of number $6, and those with a wallet
-- from $7 to $8, unordered. Served by users_by_username, users_by_email, users_wallet_id_key and users_pkey.
--
-- $3 and $4 are the flags to filter by, or NULL. $5 limits the users found by name, by address and by wallet; is_cut: one of them
-- reached it. A prefix is a range of an index, up to the greatest character.
WITH kind AS (
    SELECT is_active, is_staff
    FROM (VALUES (true, true), (true, false), (false, true), (false, false)) AS kind (is_active, is_staff)
    WHERE is_active = coalesce($3::boolean, is_active) AND is_staff = coalesce($4::boolean, is_staff)
), named AS (
    SELECT page.id
    FROM kind
    CROSS JOIN LATERAL (
        SELECT u.id, lower(u.username) COLLATE "C" AS name
        FROM users u
        WHERE u.is_active = kind.is_active
            AND u.is_staff = kind.is_staff
            AND lower(u.username) COLLATE "C" >= lower($1::text)
            AND lower(u.username) COLLATE "C" < lower($1) || chr(1114111)
        ORDER BY lower(u.username) COLLATE "C", u.id
        LIMIT $5::bigint
    ) page
    ORDER BY page.name, page.id
    LIMIT $5
), addressed AS (
    SELECT page.id
    FROM kind
    CROSS JOIN LATERAL (
        SELECT u.id, lower(u.email) COLLATE "C" AS address
        FROM users u
        WHERE u.is_active = kind.is_active
            AND u.is_staff = kind.is_staff
            AND lower(u.email) COLLATE "C" >= lower($2::text)
            AND lower(u.email) COLLATE "C" < lower($2) || chr(1114111)
        ORDER BY lower(u.email) COLLATE "C", u.id
        LIMIT $5
    ) page
    ORDER BY page.address, page.id
    LIMIT $5
), holding AS (
    SELECT u.id, u.is_active, u.is_staff FROM users u WHERE u.wallet_id BETWEEN $7::uuid AND $8::uuid ORDER BY u.wallet_id LIMIT $5
)
SELECT
    u.id, u.username, u.email, u.is_active, u.is_staff, u.role, u.created_at,
    (SELECT count(*) = $5 FROM named) OR (SELECT count(*) = $5 FROM addressed)
        OR (SELECT count(*) = $5 FROM holding) AS is_cut
FROM (
    SELECT id FROM named
    UNION
    SELECT id FROM addressed
    UNION
    SELECT id FROM holding JOIN kind USING (is_active, is_staff)
    UNION
    SELECT $6::bigint
) found
CROSS JOIN LATERAL (SELECT * FROM users WHERE users.id = found.id LIMIT 1) u
WHERE (u.is_active, u.is_staff) IN (SELECT is_active, is_staff FROM kind)
