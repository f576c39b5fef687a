-- The proposal of an adjustment. Served by approvals_adjustment_key.
SELECT id FROM approvals WHERE wallet_id = $1 AND idempotency_key = $2
