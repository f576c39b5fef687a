-- A page of a wallet's ledger as committed, newest first: a row an operation, or one row without any; no row if there is
-- no wallet. Served by wallets_pkey and operations_pkey, whatever is asked for.
--
-- $2 is where the page begins: below this seq; NULL at the newest. $3 is a kind, $4 and $5 a time from and up to (not
-- with), each or NULL; up to now or later is no bound at all, for an operation whose time is in the future, because the
-- clock was ahead, has happened all the same. $6 is the most operations of a page. Each row has the lowest seq that was looked at, and the lowest
-- that could be asked for.
--
-- A wallet's times never go back (commit.sql), so both ends of a time are found by halves: a look at operations_pkey
-- for each of some twenty steps, a million operations long. A kind has no index, for every index is work for every
-- operation: $7 operations are looked at, at most, whatever is found among them. The next page goes on from there.
WITH RECURSIVE wallet AS (
    SELECT id, version FROM wallets WHERE id = $1::uuid
), halves AS (
    -- The first seq that is not before the time is in low..high.
    SELECT border.name, border.at, 1::bigint AS low, wallet.version + 1 AS high
    FROM wallet, (VALUES ('from', $4::timestamptz), ('to', $5::timestamptz)) AS border (name, at)
    WHERE border.at IS NOT NULL AND NOT (border.name = 'to' AND border.at >= now())
    UNION ALL
    SELECT
        h.name, h.at,
        CASE WHEN middle.is_before THEN middle.seq + 1 ELSE h.low END,
        CASE WHEN middle.is_before THEN h.high ELSE middle.seq END
    FROM halves h
    CROSS JOIN LATERAL (
        SELECT
            (h.low + h.high) / 2 AS seq,
            -- A subquery, so that no plan reads the whole ledger for a join.
            (SELECT o.created_at < h.at FROM operations o WHERE o.wallet_id = $1 AND o.seq = (h.low + h.high) / 2)
                AS is_before
    ) middle
    WHERE h.low < h.high
), asked AS (
    -- NULL is never the least nor the greatest.
    SELECT
        id,
        greatest(1, (SELECT low FROM halves WHERE name = 'from' AND low = high)) AS first,
        least(version, $2::bigint - 1, (SELECT low - 1 FROM halves WHERE name = 'to' AND low = high)) AS last
    FROM wallet
), looked_at AS (
    -- Without a kind, whatever is looked at is found.
    SELECT id, first, greatest(first, last + 1 - CASE WHEN $3::text IS NULL THEN $6::bigint ELSE $7::bigint END) AS lowest, last
    FROM asked
)
SELECT looked_at.first, looked_at.lowest, page.*
FROM looked_at
LEFT JOIN LATERAL (
    SELECT o.seq, o.kind, o.amount, o.balance_after, o.created_at
    FROM operations o
    WHERE o.wallet_id = $1
        AND o.seq BETWEEN looked_at.lowest AND looked_at.last
        AND ($3 IS NULL OR o.kind = $3)
    ORDER BY o.seq DESC
    LIMIT $6
) page ON true
ORDER BY page.seq DESC
