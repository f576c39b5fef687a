-- The adjustments of a wallet without an operation or a proposal, newest first. Served by adjustments_pkey,
-- operations_idempotency_key, approvals_adjustment_key and users_pkey.
WITH unbooked AS MATERIALIZED (
    SELECT a.idempotency_key, a.kind, a.amount, a.other_wallet, a.reason, a.created_at, a.staff_id
    FROM adjustments a
    WHERE a.wallet_id = $1
        -- A scalar subquery, so that no plan joins the whole ledger.
        AND (
            SELECT o.seq
            FROM operations o
            WHERE o.wallet_id = $1 AND o.idempotency_key = a.idempotency_key COLLATE "C"
            LIMIT 1
        ) IS NULL
)
SELECT a.*, s.username AS staff
FROM unbooked a
LEFT JOIN users s ON s.id = a.staff_id
WHERE (
    SELECT p.id FROM approvals p WHERE p.wallet_id = $1 AND p.idempotency_key = a.idempotency_key COLLATE "C" LIMIT 1
) IS NULL
ORDER BY a.created_at DESC
LIMIT $2
