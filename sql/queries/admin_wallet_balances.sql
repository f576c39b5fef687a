-- Balances of a wallet over its time, oldest first: those after some of its operations, evenly chosen, and after the
-- last. $2 is its version, $3 every how many operations one is taken. Each is a look at operations_pkey, so a ledger's
-- length does not matter.
SELECT o.created_at, o.balance_after
FROM (
    SELECT generate_series(1::bigint, $2::bigint, $3::bigint) AS seq
    UNION
    SELECT $2::bigint
) chosen
CROSS JOIN LATERAL (
    SELECT created_at, balance_after FROM operations WHERE wallet_id = $1 AND seq = chosen.seq
    -- So that no plan reads the whole ledger for a join.
    LIMIT 1
) o
ORDER BY chosen.seq
