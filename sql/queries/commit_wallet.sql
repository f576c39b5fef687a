-- As commit.sql, for a single wallet, the usual group of a hot wallet: without joins, it is less work for PostgreSQL. Served
-- by wallets_pkey.
WITH moved AS (
    UPDATE wallets
    SET balance = $5, version = $4, updated_at = greatest(updated_at, statement_timestamp())
    WHERE id = $1 AND version = $2 AND balance = $3 AND held = 0
    RETURNING id, updated_at, ctid AS place
), recorded AS (
    INSERT INTO operations
        (wallet_id, seq, id, kind, amount, balance_after, idempotency_key, request_hash, actor, created_at,
         feed_position, feed_run)
    SELECT
        moved.id, $2 + o.place, o.id, o.kind, o.amount, o.balance_after, o.idempotency_key, o.request_hash,
        o.actor, moved.updated_at,
        CASE WHEN $2 + o.place = $4 THEN $13::bigint + pg_current_xact_id()::text::bigint END,
        CASE WHEN $2 + o.place = $4 THEN ($4 - $2)::integer ELSE 0 END
    FROM moved, unnest($6::uuid[], $7::text[], $8::numeric[], $9::numeric[], $10::text[], $11::bytea[], $12::text[])
        WITH ORDINALITY AS o (id, kind, amount, balance_after, idempotency_key, request_hash, actor, place)
)
SELECT id, updated_at, place FROM moved
