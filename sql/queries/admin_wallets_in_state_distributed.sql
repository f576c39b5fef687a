-- Does what admin_wallets_in_state.sql does where the wallets are on several nodes: all of them are read. Those with holds are found in the
-- order of holds_pkey. Otherwise served by wallets_frozen, wallets_closed, wallets_pkey and users_pkey.
WITH held AS MATERIALIZED (
    SELECT wallet_id AS id
    FROM holds
    WHERE $7::text = 'held'
    GROUP BY wallet_id
    ORDER BY wallet_id
    LIMIT $8::bigint
), found AS MATERIALIZED (
    SELECT id FROM held
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
    ORDER BY w.sort_key, w.id
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
