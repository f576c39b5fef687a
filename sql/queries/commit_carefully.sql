-- As commit.sql, for a group whose idempotency keys may be in the ledger, or whose wallets may be locked: both are checked
-- first. Served by wallets_pkey and operations_idempotency_key.
--
-- A wallet that another session has locked is left out like one that another session has written, as it is about to be: so
-- no wallet delays the others.
--
-- $15 and $16 are the keys that the ledger must not hold. A wallet with known keys is left out, and these are returned with
-- their operations; a row without a key is a wallet whose version and keys held. The ledger is read as of the start of the
-- statement, which is exact: a wallet that was written since then has another version. A row that is found may not be on a
-- synchronous standby yet, and the wait of its own session for that may have been cancelled: so finding one makes the commit
-- of this statement wait (recorded.sql).
--
-- The ORDER BY forces operations_idempotency_key, because the plan is generic and cached: while wallets have few operations,
-- operations_pkey would seem as good, and later all rows of a wallet would be read for each key.
--
-- A set whose version stays the expected one has no rows to write: it only checks, without waiting or locking.
WITH known AS (
    SELECT asked.wallet_id, first.*
    FROM unnest($15::uuid[], $16::text[]) AS asked (wallet_id, key)
    CROSS JOIN LATERAL (
        SELECT o.idempotency_key, o.seq, o.request_hash, o.balance_after, o.transfer_id
        FROM operations o
        WHERE o.wallet_id = asked.wallet_id
            AND o.idempotency_key BETWEEN (asked.key COLLATE "C") AND (asked.key COLLATE "C")
        ORDER BY o.idempotency_key COLLATE "C"
        LIMIT 1
    ) first
), durable AS MATERIALIZED (
    SELECT pg_logical_emit_message(true, 'wallet-engine', '') FROM (SELECT FROM known LIMIT 1) AS any_row
), fresh AS (
    SELECT id, expected, expected_balance, version, balance
    FROM unnest($1::uuid[], $2::bigint[], $3::numeric[], $4::bigint[], $5::numeric[])
        AS b (id, expected, expected_balance, version, balance)
    WHERE id NOT IN (SELECT wallet_id FROM known)
), free AS (
    SELECT w.id, fresh.expected, fresh.version, fresh.balance
    FROM fresh
    JOIN wallets w
        ON w.id = fresh.id AND w.version = fresh.expected AND w.balance = fresh.expected_balance AND w.held = 0
    WHERE fresh.version > fresh.expected
    FOR NO KEY UPDATE OF w SKIP LOCKED
), moved AS (
    UPDATE wallets w
    SET balance = free.balance, version = free.version, updated_at = greatest(w.updated_at, statement_timestamp())
    FROM free
    WHERE w.id = free.id
    RETURNING w.id, w.updated_at, w.version, free.expected
), recorded AS (
    INSERT INTO operations
        (wallet_id, seq, id, kind, amount, balance_after, idempotency_key, request_hash, actor, created_at,
         feed_position, feed_run)
    SELECT
        o.wallet_id, o.seq, o.id, o.kind, o.amount, o.balance_after, o.idempotency_key, o.request_hash,
        o.actor, moved.updated_at,
        CASE WHEN o.seq = moved.version THEN $17::bigint + pg_current_xact_id()::text::bigint END,
        CASE WHEN o.seq = moved.version THEN (moved.version - moved.expected)::integer ELSE 0 END
    FROM unnest(
        $6::uuid[], $7::bigint[], $8::uuid[], $9::text[], $10::numeric[], $11::numeric[], $12::text[], $13::bytea[],
        $14::text[]
    ) AS o (wallet_id, seq, id, kind, amount, balance_after, idempotency_key, request_hash, actor)
    JOIN moved ON moved.id = o.wallet_id
)
SELECT wallet_id, NULL::timestamptz AS at, idempotency_key, seq, request_hash, balance_after, transfer_id FROM known
WHERE (SELECT count(*) FROM durable) >= 0
UNION ALL
SELECT id, updated_at, NULL, NULL, NULL, NULL, NULL FROM moved
UNION ALL
SELECT w.id, NULL, NULL, NULL, NULL, NULL, NULL
FROM fresh
JOIN wallets w ON w.id = fresh.id AND w.version = fresh.expected AND w.balance = fresh.expected_balance AND w.held = 0
WHERE fresh.version = fresh.expected
