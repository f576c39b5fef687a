-- How many operations of a wallet within a range of seqs added to its balance, how many took from it, and how much. Served by
-- operations_pkey; operation_kinds is one page.
SELECT
    count(*) FILTER (WHERE k.balance_sign > 0) AS incoming,
    coalesce(sum(o.amount) FILTER (WHERE k.balance_sign > 0), 0) AS incoming_sum,
    count(*) FILTER (WHERE k.balance_sign < 0) AS outgoing,
    coalesce(sum(o.amount) FILTER (WHERE k.balance_sign < 0), 0) AS outgoing_sum
FROM operations o
JOIN operation_kinds k ON k.kind = o.kind COLLATE "C"
WHERE o.wallet_id = $1 AND o.seq BETWEEN $2 AND $3
