-- A wallet's corrections that never became operations, newest first. Served by corrections_pkey,
-- operations_idempotency_key and users_pkey.
SELECT c.idempotency_key, c.kind, c.amount, c.reason, c.created_at, c.staff_id, s.username AS staff
FROM corrections c
LEFT JOIN users s ON s.id = c.staff_id
WHERE c.wallet_id = $1
    -- A value, so that no plan reads the whole ledger for a join.
    AND (
        SELECT o.seq
        FROM operations o
        WHERE o.wallet_id = $1 AND o.idempotency_key = c.idempotency_key COLLATE "C"
        LIMIT 1
    ) IS NULL
ORDER BY c.created_at DESC
LIMIT $2
