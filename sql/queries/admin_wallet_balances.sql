-- The history of a wallet's balance, oldest first: after every $3-th operation, and after the last one, $2. Served by
-- operations_pkey, with one lookup a balance, so that the length of the ledger does not matter.
SELECT o.created_at, o.balance_after
FROM (
    SELECT generate_series(1::bigint, $2::bigint, $3::bigint) AS seq
    UNION
    SELECT $2::bigint
) chosen
CROSS JOIN LATERAL (
    SELECT created_at, balance_after FROM operations WHERE wallet_id = $1 AND seq = chosen.seq
    -- So that no plan joins the whole ledger.
    LIMIT 1
) o
ORDER BY chosen.seq
