-- What commit_carefully.sql does, for a group with operations that are linked over several wallets or have a reference.
-- Served by wallets_pkey and operations_idempotency_key.
--
-- Wallets whose operations are linked have the same number in $2: their *unit*. A unit is written whole or left out whole:
-- if the guard of one of its wallets does not hold, if another session has one locked, or if the ledger holds one of its
-- keys ($19 and $20).
--
-- A wallet without rows to write is asked for and neither locked nor waited for.
WITH known AS (
    SELECT asked.wallet_id, first.*
    FROM unnest($19::uuid[], $20::text[]) AS asked (wallet_id, key)
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
), asked AS MATERIALIZED (
    SELECT id, unit, expected, expected_balance, version, balance
    FROM unnest($1::uuid[], $2::integer[], $3::bigint[], $4::numeric[], $5::bigint[], $6::numeric[])
        AS b (id, unit, expected, expected_balance, version, balance)
), free AS MATERIALIZED (
    SELECT w.id
    FROM asked
    JOIN wallets w ON w.id = asked.id AND w.version = asked.expected AND w.balance = asked.expected_balance
    WHERE asked.version > asked.expected
    FOR NO KEY UPDATE OF w SKIP LOCKED
), held AS (
    SELECT id FROM free
    UNION ALL
    SELECT w.id
    FROM asked
    JOIN wallets w ON w.id = asked.id AND w.version = asked.expected AND w.balance = asked.expected_balance
    WHERE asked.version = asked.expected
), whole AS MATERIALIZED (
    SELECT asked.unit
    FROM asked
    LEFT JOIN held ON held.id = asked.id
    GROUP BY asked.unit
    HAVING count(held.id) = count(*) AND NOT bool_or(asked.id IN (SELECT wallet_id FROM known))
), moved AS (
    UPDATE wallets w
    SET balance = asked.balance, version = asked.version, updated_at = greatest(w.updated_at, now())
    FROM asked
    WHERE w.id = asked.id AND asked.version > asked.expected AND asked.unit IN (SELECT unit FROM whole)
    RETURNING w.id, w.updated_at
), recorded AS (
    INSERT INTO operations (
        wallet_id, seq, id, kind, amount, balance_after, idempotency_key, request_hash,
        transfer_id, other_wallet, other_seq, reference, created_at
    )
    SELECT
        o.wallet_id, o.seq, o.id, o.kind, o.amount, o.balance_after, o.idempotency_key, o.request_hash,
        o.transfer_id, o.other_wallet, o.other_seq, o.reference, moved.updated_at
    FROM unnest(
        $7::uuid[], $8::bigint[], $9::uuid[], $10::text[], $11::numeric[], $12::numeric[], $13::text[], $14::bytea[],
        $15::uuid[], $16::uuid[], $17::bigint[], $18::text[]
    ) AS o (
        wallet_id, seq, id, kind, amount, balance_after, idempotency_key, request_hash,
        transfer_id, other_wallet, other_seq, reference
    )
    JOIN moved ON moved.id = o.wallet_id
)
SELECT wallet_id, idempotency_key, seq, request_hash, balance_after, transfer_id FROM known
WHERE (SELECT count(*) FROM durable) >= 0
UNION ALL
SELECT id, NULL, NULL, NULL, NULL, NULL FROM moved
UNION ALL
SELECT asked.id, NULL, NULL, NULL, NULL, NULL
FROM asked
WHERE asked.version = asked.expected AND asked.unit IN (SELECT unit FROM whole)
