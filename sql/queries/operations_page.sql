-- A page of a wallet's ledger as committed, newest first: a row an operation, or one row without any; no row if there is no
-- such wallet. Served by wallets_pkey and operations_pkey, with any filter, and operations_reverses.
--
-- The page begins below seq $2 (NULL: at the newest). $3 filters by kind, $4 by time from, $5 by time before; each may be
-- NULL. A $5 of now or later is ignored: an operation whose time is in the future, because the clock was ahead, has happened
-- all the same. $6 is the page size. Each row has the lowest seq that was scanned, and the lowest one that the filter allows.
--
-- A wallet's times never decrease (commit.sql), so both ends of a range of times are found by binary search: about twenty
-- lookups in operations_pkey for a million operations. There is no index on the kind, as every index costs every write: at
-- most $7 operations are scanned for one, and the next page continues from there.
WITH RECURSIVE wallet AS (
    SELECT id, version FROM wallets WHERE id = $1::uuid
), bisection AS (
    -- Binary search: the first seq that is not before the time is in low..high.
    SELECT border.name, border.at, 1::bigint AS low, wallet.version + 1 AS high
    FROM wallet, (VALUES ('from', $4::timestamptz), ('to', $5::timestamptz)) AS border (name, at)
    WHERE border.at IS NOT NULL AND NOT (border.name = 'to' AND border.at >= now())
    UNION ALL
    SELECT
        h.name, h.at,
        CASE WHEN middle.is_before THEN middle.seq + 1 ELSE h.low END,
        CASE WHEN middle.is_before THEN h.high ELSE middle.seq END
    FROM bisection h
    CROSS JOIN LATERAL (
        SELECT
            (h.low + h.high) / 2 AS seq,
            -- A scalar subquery, so that no plan joins the whole ledger.
            (SELECT o.created_at < h.at FROM operations o WHERE o.wallet_id = $1 AND o.seq = (h.low + h.high) / 2)
                AS is_before
    ) middle
    WHERE h.low < h.high
), filtered AS (
    -- NULL is never the least nor the greatest.
    SELECT
        id,
        greatest(1, (SELECT low FROM bisection WHERE name = 'from' AND low = high)) AS first,
        least(version, $2::bigint - 1, (SELECT low - 1 FROM bisection WHERE name = 'to' AND low = high)) AS last
    FROM wallet
), scanned AS (
    -- Without a kind, every scanned operation is found.
    SELECT id, first, greatest(first, last + 1 - CASE WHEN $3::text IS NULL THEN $6::bigint ELSE $7::bigint END) AS lowest, last
    FROM filtered
), page AS (
    SELECT scanned.first, scanned.lowest, found.*
    FROM scanned
    LEFT JOIN LATERAL (
        SELECT
            o.seq, o.kind, o.amount, o.balance_after, o.held_after, o.created_at, o.transfer_id, o.other_wallet, o.reference,
            o.hold_seq, o.expires_at, o.reverses_seq, o.rules::text AS rules, o.reason, o.actor
        FROM operations o
        WHERE o.wallet_id = $1
            AND o.seq BETWEEN scanned.lowest AND scanned.last
            AND ($3 IS NULL OR o.kind = $3)
        ORDER BY o.seq DESC
        LIMIT $6
    ) found ON true
), reversed AS MATERIALIZED (
    -- Once for the page: a look for each row would read as much again as the rows.
    SELECT r.reverses_seq AS seq, array_agg(r.seq ORDER BY r.seq) AS reversed_by
    FROM operations r
    WHERE r.wallet_id = $1 AND r.reverses_seq BETWEEN (SELECT min(seq) FROM page) AND (SELECT max(seq) FROM page)
    GROUP BY r.reverses_seq
)
SELECT page.*, coalesce(reversed.reversed_by, '{}') AS reversed_by
FROM page
LEFT JOIN reversed ON reversed.seq = page.seq
ORDER BY page.seq DESC
