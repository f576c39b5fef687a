-- A page of the wallets in the state $7: 'frozen', 'closed', or 'held', those with open holds. $1 to $6 are those of
-- admin_wallets_scan.sql. At most $8 wallets are checked: of the frozen and the closed ones the newest, from ($9, $10) on;
-- is_cut: there may be others. At least one row. Served by wallets_frozen, wallets_closed, holds_pkey, wallets_pkey and users_pkey.
--
-- No index has what is held: it changes as often as a balance, and a change of an indexed column costs every index of the table.
-- So wallets with holds are found by a probe of holds_pkey each.
WITH RECURSIVE held AS (
    SELECT 1 AS place, (SELECT wallet_id FROM holds ORDER BY wallet_id LIMIT 1) AS id
    WHERE $7::text = 'held'
    UNION ALL
    SELECT held.place + 1, (SELECT wallet_id FROM holds WHERE wallet_id > held.id ORDER BY wallet_id LIMIT 1)
    FROM held
    WHERE held.id IS NOT NULL AND held.place < $8::bigint
), found AS MATERIALIZED (
    SELECT id FROM held WHERE id IS NOT NULL
    UNION ALL
    (
        SELECT id
        FROM wallets
        WHERE $7 = 'frozen'
            AND (rules ->> 'debits' = 'frozen' OR rules ->> 'credits' = 'frozen')
            AND created_at <= coalesce($9::timestamptz, 'infinity')
            AND ($9 IS NULL OR created_at < $9 OR id > $10::uuid)
        ORDER BY created_at DESC, id
        LIMIT $8
    )
    UNION ALL
    (
        SELECT id
        FROM wallets
        WHERE $7 = 'closed'
            AND rules -> 'closed' = 'true'
            AND created_at <= coalesce($9, 'infinity')
            AND ($9 IS NULL OR created_at < $9 OR id > $10)
        ORDER BY created_at DESC, id
        LIMIT $8
    )
), page AS MATERIALIZED (
    SELECT w.*, sorted.sort_key
    FROM found
    -- With a limit, so that no plan joins all wallets.
    CROSS JOIN LATERAL (SELECT * FROM wallets WHERE wallets.id = found.id LIMIT 1) w
    CROSS JOIN LATERAL (
        SELECT CASE $3::text
            WHEN 'newest' THEN -(extract(epoch FROM w.created_at) * 1000000)
            WHEN 'oldest' THEN extract(epoch FROM w.created_at) * 1000000
            WHEN 'latest' THEN -(extract(epoch FROM w.updated_at) * 1000000)
            WHEN 'richest' THEN -least(w.balance, 10000000000) * 100
            WHEN 'poorest' THEN least(w.balance, 10000000000) * 100
        END::bigint AS sort_key
    ) sorted
    WHERE w.balance BETWEEN coalesce($1::numeric, 0) AND coalesce($2::numeric, 'NaN')
        AND ($4::bigint IS NULL OR (sorted.sort_key, w.id) > ($4, $5::uuid))
    ORDER BY sorted.sort_key, w.id
    LIMIT $6::bigint
), cut AS (
    -- A full page of the newest has missed none: the next one begins where it ends.
    SELECT
        (SELECT count(*) >= $8 FROM found)
        AND NOT ($3 = 'newest' AND $7 <> 'held' AND (SELECT count(*) = $6 FROM page)) AS is_cut
)
SELECT
    cut.is_cut,
    w.id, w.balance, w.held, w.rules::text AS rules, w.version, w.created_at, w.updated_at, w.user_id, u.username, u.email, w.sort_key
FROM cut
LEFT JOIN page w ON true
-- With a limit, so that no plan joins all users.
LEFT JOIN LATERAL (SELECT username, email FROM users WHERE users.id = w.user_id LIMIT 1) u ON true
ORDER BY w.sort_key, w.id
