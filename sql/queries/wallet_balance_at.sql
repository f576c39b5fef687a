-- A wallet's balance after the last operation at or before the time $2, or right after operation $3; one of them is NULL. No
-- operation in the row if there is none, and no row if there is no such wallet. Served by wallets_pkey and operations_pkey.
--
-- A wallet's times never decrease (commit.sql), so the operation is found by binary search: about twenty lookups for a million.
WITH RECURSIVE wallet AS (
    SELECT id, version FROM wallets WHERE id = $1::uuid
), bisection AS (
    -- The first seq that is after the time is in low..high.
    SELECT 1::bigint AS low, wallet.version + 1 AS high FROM wallet WHERE $2::timestamptz IS NOT NULL
    UNION ALL
    SELECT
        CASE WHEN middle.is_after THEN b.low ELSE middle.seq + 1 END,
        CASE WHEN middle.is_after THEN middle.seq ELSE b.high END
    FROM bisection b
    CROSS JOIN LATERAL (
        SELECT
            (b.low + b.high) / 2 AS seq,
            (SELECT o.created_at > $2 FROM operations o WHERE o.wallet_id = $1 AND o.seq = (b.low + b.high) / 2) AS is_after
    ) middle
    WHERE b.low < b.high
)
SELECT o.seq, o.balance_after, o.held_after, o.created_at
FROM wallet
LEFT JOIN operations o
    ON o.wallet_id = wallet.id
    AND o.seq = coalesce($3::bigint, (SELECT low - 1 FROM bisection WHERE low = high))
