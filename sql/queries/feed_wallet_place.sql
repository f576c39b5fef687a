-- The last seq of wallet $1 whose position is at most $2, zero if there is none; no row if there is no such wallet. Served by wallets_pkey
-- and operations_pkey.
--
-- Positions do not decrease within a wallet, so it is found by binary search, as times are (operations_page.sql).
WITH RECURSIVE bisection AS (
    SELECT 1::bigint AS low, version + 1 AS high FROM wallets WHERE id = $1
    UNION ALL
    SELECT
        CASE WHEN middle.is_given THEN middle.seq + 1 ELSE b.low END,
        CASE WHEN middle.is_given THEN b.high ELSE middle.seq END
    FROM bisection b
    CROSS JOIN LATERAL (
        SELECT
            (b.low + b.high) / 2 AS seq,
            -- Of a row before the last of its run, the position is that of the last.
            coalesce(
                (
                    SELECT coalesce(o.feed_position, 0) <= $2
                    FROM operations o
                    WHERE o.wallet_id = $1 AND o.seq >= (b.low + b.high) / 2 AND o.feed_run IS DISTINCT FROM 0
                    ORDER BY o.seq
                    LIMIT 1
                ),
                false
            ) AS is_given
    ) middle
    WHERE b.low < b.high
)
SELECT low - 1 AS seq FROM bisection WHERE low = high
