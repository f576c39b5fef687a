-- Totals of the wallets before the time $1, where they are on several nodes: what came since is taken off where it is counted, as the nodes
-- have no common snapshot. Otherwise as admin_overview_totals.sql and admin_overview_operations.sql. Reads all of wallets, and operations
-- by operations_created_at, on all nodes.
SELECT
    count(*) FILTER (WHERE w.created_at < $1::timestamptz) AS wallets,
    coalesce(sum(w.balance) FILTER (WHERE w.balance <> 'NaN'), 0) - coalesce(sum(since.balance), 0) AS balance,
    (coalesce(sum(w.version), 0) - coalesce(sum(since.operations), 0))::bigint AS operations
FROM wallets w
LEFT JOIN (
    SELECT o.wallet_id, count(*) AS operations, sum(o.amount * k.balance_sign) FILTER (WHERE o.amount <> 'NaN') AS balance
    FROM operations o
    LEFT JOIN operation_kinds k ON k.kind = o.kind COLLATE "C"
    WHERE o.created_at >= $1
    GROUP BY o.wallet_id
) since ON since.wallet_id = w.id
