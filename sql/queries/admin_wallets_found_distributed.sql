-- Does what admin_wallets_found.sql does where the wallets are on several nodes: all of them are read, for those with an id from $7 to $8
-- and for those of the users that were found. Served by wallets_pkey, users_by_username, users_by_email and users_pkey.
WITH kind AS (
    SELECT is_active, is_staff
    FROM (VALUES (true, true), (true, false), (false, true), (false, false)) AS kind (is_active, is_staff)
), named AS MATERIALIZED (
    SELECT page.wallet_id
    FROM kind
    CROSS JOIN LATERAL (
        SELECT u.wallet_id
        FROM users u
        WHERE u.is_active = kind.is_active
            AND u.is_staff = kind.is_staff
            AND lower(u.username) COLLATE "C" >= lower($12::text)
            AND lower(u.username) COLLATE "C" < lower($12) || chr(1114111)
        ORDER BY lower(u.username) COLLATE "C", u.id
        LIMIT $10::bigint
    ) page
    LIMIT $10
), addressed AS MATERIALIZED (
    SELECT page.wallet_id
    FROM kind
    CROSS JOIN LATERAL (
        SELECT u.wallet_id
        FROM users u
        WHERE u.is_active = kind.is_active
            AND u.is_staff = kind.is_staff
            AND lower(u.email) COLLATE "C" >= lower($9::text)
            AND lower(u.email) COLLATE "C" < lower($9) || chr(1114111)
        ORDER BY lower(u.email) COLLATE "C", u.id
        LIMIT $10
    ) page
    LIMIT $10
), numbered AS MATERIALIZED (
    SELECT id FROM wallets WHERE id BETWEEN $7::uuid AND $8::uuid ORDER BY id LIMIT $10
), cut AS (
    SELECT
        (SELECT count(*) = $10 FROM named)
        OR (SELECT count(*) = $10 FROM addressed)
        OR (SELECT count(*) = $10 FROM numbered)
        OR cardinality($14::uuid[]) > $10 AS is_cut
), found AS MATERIALIZED (
    SELECT wallet_id AS id FROM named
    UNION
    SELECT wallet_id FROM addressed
    UNION
    SELECT id FROM numbered
    UNION
    SELECT wallet_id FROM users WHERE id = $13::bigint
    UNION
    SELECT unnest($14)
), page AS MATERIALIZED (
    SELECT *
    FROM (
        SELECT w.*, CASE $3::text
            WHEN 'newest' THEN -(extract(epoch FROM w.created_at) * 1000000)
            WHEN 'oldest' THEN extract(epoch FROM w.created_at) * 1000000
            WHEN 'latest' THEN -(extract(epoch FROM w.updated_at) * 1000000)
            WHEN 'richest' THEN -least(w.balance, 10000000000) * 100
            WHEN 'poorest' THEN least(w.balance, 10000000000) * 100
        END::bigint AS sort_key
        FROM found
        JOIN wallets w ON w.id = found.id
    ) w
    WHERE w.balance BETWEEN coalesce($1::numeric, 0) AND coalesce($2::numeric, 'NaN')
        AND ($4::bigint IS NULL OR (w.sort_key, w.id) > ($4, $5::uuid))
        AND CASE $11::text
            WHEN 'frozen' THEN w.rules ->> 'debits' = 'frozen' OR w.rules ->> 'credits' = 'frozen'
            WHEN 'closed' THEN w.rules -> 'closed' = 'true'
            WHEN 'held' THEN w.held > 0
            ELSE true
        END
    ORDER BY w.sort_key, w.id
    LIMIT $6::bigint
)
SELECT
    cut.is_cut,
    w.id, w.balance, w.held, w.rules::text AS rules, w.version, w.created_at, w.updated_at, w.user_id, u.username, u.email, w.sort_key
FROM cut
LEFT JOIN page w ON true
-- With a limit, so that no plan joins all users.
LEFT JOIN LATERAL (SELECT username, email FROM users WHERE users.id = w.user_id LIMIT 1) u ON true
ORDER BY w.sort_key, w.id
