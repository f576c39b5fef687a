CREATE UNIQUE INDEX CONCURRENTLY operations_idempotency_key_bytes
    ON operations (wallet_id, idempotency_key COLLATE "C")
    WHERE idempotency_key IS NOT NULL
