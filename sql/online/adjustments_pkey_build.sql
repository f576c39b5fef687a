CREATE UNIQUE INDEX CONCURRENTLY adjustments_pkey_bytes ON adjustments (wallet_id, idempotency_key COLLATE "C")
