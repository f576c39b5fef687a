-- What commit.sql does, for a single operation, which is what a group holds while the engine is quiet: nobody but its
-- caller waits, and without arrays to be read it is there sooner. Served by wallets_pkey.
WITH moved AS (
    UPDATE wallets
    SET balance = $3, version = $2 + 1, updated_at = greatest(updated_at, now())
    WHERE id = $1 AND version = $2
    RETURNING id, version, balance, updated_at
)
INSERT INTO operations
    (wallet_id, seq, id, kind, amount, balance_after, idempotency_key, request_hash, created_at)
SELECT id, version, $4, $5, $6, balance, $7, $8, updated_at FROM moved
RETURNING wallet_id
