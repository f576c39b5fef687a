CREATE UNIQUE INDEX CONCURRENTLY corrections_pkey_bytes ON corrections (wallet_id, idempotency_key COLLATE "C")
