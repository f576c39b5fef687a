-- Operations from $1 until before $2, if there is an end to it, and what they added to all balances together. A sum that is
-- no number (NaN), and a kind that is in no table, are left out: an audit names them. operations_created_at leads to the
-- pages of that time; each kind is looked up once, by operation_kinds_pkey.
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
