-- The number of operations from $1 to before $2 (NULL: no end), and the change of all balances by them. NaN amounts and
-- unknown kinds are left out: an audit reports them. Served by operations_created_at, for the pages of that time, and once
-- a kind by operation_kinds_pkey.
SELECT
    coalesce(sum(came.operations), 0)::bigint AS operations,
    coalesce(sum(came.amount * k.balance_sign), 0) AS balance
FROM (
    SELECT kind, count(*) AS operations, sum(amount) FILTER (WHERE amount <> 'NaN') AS amount
    FROM operations
    WHERE created_at >= $1 AND created_at < coalesce($2::timestamptz, 'infinity')
    GROUP BY kind
) came
LEFT JOIN operation_kinds k ON k.kind = came.kind COLLATE "C"
