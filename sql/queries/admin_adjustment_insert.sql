-- Records an adjustment before it is executed. Returns whether the adjustment under the key is this one, and whether it is
-- new; no row if another request is recording under the key concurrently. Served by adjustments_pkey.
WITH recorded AS (
    INSERT INTO adjustments (wallet_id, idempotency_key, staff_id, kind, amount, reason, other_wallet)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (wallet_id, idempotency_key) DO NOTHING
    RETURNING true AS is_this, true AS is_new
)
SELECT is_this, is_new FROM recorded
UNION ALL
SELECT staff_id = $3 AND kind = $4 AND amount = $5 AND reason = $6 AND other_wallet IS NOT DISTINCT FROM $7, false
FROM adjustments
WHERE wallet_id = $1 AND idempotency_key = $2 COLLATE "C"
    -- Each part of it has a snapshot of its own on a distributed database, where this one sees what was just recorded.
    AND NOT EXISTS (SELECT 1 FROM recorded)
