-- The newest proposals of a wallet that wait, or are approved and not in its ledger yet. Served by approvals_adjustment_key and
-- operations_idempotency_key.
WITH open AS MATERIALIZED (
    SELECT p.id, p.idempotency_key
    FROM approvals p
    WHERE p.wallet_id = $1 AND p.state IN ('waiting', 'approved') AND p.expires_at > now()
)
SELECT p.id
FROM open p
-- A scalar subquery, so that no plan joins the whole ledger.
WHERE (
    SELECT o.seq
    FROM operations o
    WHERE o.wallet_id = $1 AND o.idempotency_key = p.idempotency_key COLLATE "C"
    LIMIT 1
) IS NULL
ORDER BY p.id DESC
LIMIT $2
