-- As commit.sql, for a single operation, the usual group of a quiet engine: without arrays, its latency is lower. Served by
-- wallets_pkey.
WITH moved AS (
    UPDATE wallets
    SET balance = $4, version = $2 + 1, updated_at = greatest(updated_at, statement_timestamp())
    WHERE id = $1 AND version = $2 AND balance = $3 AND held = 0
    RETURNING id, version, balance, updated_at, ctid AS place
), recorded AS (
    INSERT INTO operations
        (wallet_id, seq, id, kind, amount, balance_after, idempotency_key, request_hash, actor, created_at,
         feed_position, feed_run)
    SELECT id, version, $5, $6, $7, balance, $8, $9, $10, updated_at,
        $11::bigint + pg_current_xact_id()::text::bigint, 1
    FROM moved
)
SELECT id, updated_at, place FROM moved
