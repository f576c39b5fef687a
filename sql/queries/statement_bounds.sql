-- What a wallet had before the first operation at or after the time $2, and after the last one before the time $3; NULL: from its
-- first operation, up to its last one. No row if there is no such wallet. Served by wallets_pkey and operations_pkey.
--
-- A wallet's times never decrease (commit.sql), so both are found by binary search: about twenty lookups each for a million
-- operations.
--
-- Without $2, the statement begins when the wallet was created (`opened`), without $3 it ends now (`ends`); or with its first and
-- after its last operation, if a clock was set meanwhile.
WITH RECURSIVE wallet AS (
    SELECT id, version, created_at FROM wallets WHERE id = $1::uuid
), bisection AS (
    -- The first seq that is not before the time is in low..high.
    SELECT border.name, border.at, 1::bigint AS low, wallet.version + 1 AS high
    FROM wallet, (VALUES ('from', $2::timestamptz), ('to', $3::timestamptz)) AS border (name, at)
    WHERE border.at IS NOT NULL
    UNION ALL
    SELECT
        b.name, b.at,
        CASE WHEN middle.is_before THEN middle.seq + 1 ELSE b.low END,
        CASE WHEN middle.is_before THEN b.high ELSE middle.seq END
    FROM bisection b
    CROSS JOIN LATERAL (
        SELECT
            (b.low + b.high) / 2 AS seq,
            -- A scalar subquery, so that no plan joins the whole ledger.
            (SELECT o.created_at < b.at FROM operations o WHERE o.wallet_id = $1 AND o.seq = (b.low + b.high) / 2)
                AS is_before
    ) middle
    WHERE b.low < b.high
), bounds AS (
    SELECT
        id, created_at,
        coalesce((SELECT low - 1 FROM bisection WHERE name = 'from' AND low = high), 0) AS before,
        coalesce((SELECT low - 1 FROM bisection WHERE name = 'to' AND low = high), version) AS last
    FROM wallet
)
SELECT
    bounds.before, bounds.last,
    opening.balance_after AS opening_balance, opening.held_after AS opening_held,
    closing.balance_after AS closing_balance, closing.held_after AS closing_held,
    least(bounds.created_at, earliest.created_at) AS opened,
    greatest(now(), closing.created_at + interval '1 microsecond') AS ends
FROM bounds
LEFT JOIN operations opening ON opening.wallet_id = $1 AND opening.seq = bounds.before
LEFT JOIN operations closing ON closing.wallet_id = $1 AND closing.seq = bounds.last
LEFT JOIN operations earliest ON earliest.wallet_id = $1 AND earliest.seq = 1
