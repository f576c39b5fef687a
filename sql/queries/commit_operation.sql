-- What commit.sql does, for a single operation, which is what a group holds while the engine is quiet: nobody but its
-- caller waits, and without arrays to be read it is there sooner. Served as commit_wallet.sql is.
WITH moved AS (
    UPDATE wallets
    SET balance = $3, version = $2 + 1, updated_at = greatest(updated_at, now())
    WHERE ctid = (
        SELECT ctid FROM wallets WHERE id = $1 AND version = $2 FOR NO KEY UPDATE SKIP LOCKED
    )
    RETURNING id, version, balance, updated_at
)
INSERT INTO operations
    (wallet_id, seq, id, kind, amount, balance_after, idempotency_key, request_hash, created_at)
SELECT id, version, $4, $5, $6, balance, $7, $8, updated_at FROM moved
RETURNING wallet_id
