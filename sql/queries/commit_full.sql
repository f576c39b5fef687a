-- What commit_carefully.sql does, for a group in which something is linked over several wallets, held, reversed, ruled or referred to.
-- Served by wallets_pkey, holds_pkey and operations_idempotency_key.
--
-- Wallets whose operations are linked have the same number in $2: their *unit*. A unit is written whole or left out whole:
-- if the guard of one of its wallets does not hold, if another session has one locked, or if the ledger holds one of its
-- keys ($20 and $21).
--
-- A wallet without rows to write is asked for and neither locked nor waited for.
--
-- New holds that the rows leave open are inserted ($34 to $39), what remains of earlier ones is updated ($40 to $42), and those that
-- they close are removed ($43 and $44): an insertion that first looks for its key costs a hold as much again. What has left a wallet
-- today ($25 and $26) counts for the day of the rows: on a new day, it is only what these rows take away ($27).
WITH known AS (
    SELECT asked.wallet_id, first.*
    FROM unnest($20::uuid[], $21::text[]) AS asked (wallet_id, key)
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
    SELECT id, unit, expected, expected_balance, version, balance, expected_held, held, rules, spent_day, spent, uncommitted
    FROM unnest(
        $1::uuid[], $2::integer[], $3::bigint[], $4::numeric[], $5::bigint[], $6::numeric[],
        $22::numeric[], $23::numeric[], $24::text[], $25::date[], $26::numeric[], $27::numeric[]
    ) AS b (
        id, unit, expected, expected_balance, version, balance,
        expected_held, held, rules, spent_day, spent, uncommitted
    )
), free AS MATERIALIZED (
    SELECT w.id
    FROM asked
    JOIN wallets w
        ON w.id = asked.id AND w.version = asked.expected AND w.balance = asked.expected_balance AND w.held = asked.expected_held
    WHERE asked.version > asked.expected
    FOR NO KEY UPDATE OF w SKIP LOCKED
), held AS (
    SELECT id FROM free
    UNION ALL
    SELECT w.id
    FROM asked
    JOIN wallets w
        ON w.id = asked.id AND w.version = asked.expected AND w.balance = asked.expected_balance AND w.held = asked.expected_held
    WHERE asked.version = asked.expected
), whole AS MATERIALIZED (
    SELECT asked.unit
    FROM asked
    LEFT JOIN held ON held.id = asked.id
    GROUP BY asked.unit
    HAVING count(held.id) = count(*) AND NOT bool_or(asked.id IN (SELECT wallet_id FROM known))
), moved AS (
    UPDATE wallets w
    SET balance = asked.balance,
        version = asked.version,
        held = asked.held,
        rules = asked.rules::jsonb,
        spent_day = CASE
            WHEN asked.spent_day IS NOT NULL
                THEN greatest(asked.spent_day, (greatest(w.updated_at, statement_timestamp()) AT TIME ZONE 'UTC')::date)
        END,
        spent = CASE
            WHEN asked.spent_day < (greatest(w.updated_at, statement_timestamp()) AT TIME ZONE 'UTC')::date THEN asked.uncommitted
            ELSE asked.spent
        END,
        updated_at = greatest(w.updated_at, statement_timestamp())
    FROM asked
    WHERE w.id = asked.id AND asked.version > asked.expected AND asked.unit IN (SELECT unit FROM whole)
    RETURNING w.id, w.updated_at, w.version, asked.expected
), recorded AS (
    INSERT INTO operations (
        wallet_id, seq, id, kind, amount, balance_after, idempotency_key, request_hash, actor,
        transfer_id, other_wallet, other_seq, reference,
        held_after, hold_seq, expires_at, reverses_seq, rules, reason, created_at,
        feed_position, feed_run
    )
    SELECT
        o.wallet_id, o.seq, o.id, o.kind, o.amount, o.balance_after, o.idempotency_key, o.request_hash, o.actor,
        o.transfer_id, o.other_wallet, o.other_seq, o.reference,
        o.held_after, o.hold_seq, o.expires_at, o.reverses_seq, o.rules::jsonb, o.reason, moved.updated_at,
        CASE WHEN o.seq = moved.version THEN $45::bigint + pg_current_xact_id()::text::bigint END,
        CASE WHEN o.seq = moved.version THEN (moved.version - moved.expected)::integer ELSE 0 END
    FROM unnest(
        $7::uuid[], $8::bigint[], $9::uuid[], $10::text[], $11::numeric[], $12::numeric[], $13::text[], $14::bytea[], $15::text[],
        $16::uuid[], $17::uuid[], $18::bigint[], $19::text[],
        $28::numeric[], $29::bigint[], $30::timestamptz[], $31::bigint[], $32::text[], $33::text[]
    ) AS o (
        wallet_id, seq, id, kind, amount, balance_after, idempotency_key, request_hash, actor,
        transfer_id, other_wallet, other_seq, reference,
        held_after, hold_seq, expires_at, reverses_seq, rules, reason
    )
    JOIN moved ON moved.id = o.wallet_id
), opened AS (
    INSERT INTO holds (wallet_id, seq, amount, remaining, expires_at, reference, created_at)
    SELECT h.wallet_id, h.seq, h.amount, h.remaining, h.expires_at, h.reference, moved.updated_at
    FROM unnest($34::uuid[], $35::bigint[], $36::numeric[], $37::numeric[], $38::timestamptz[], $39::text[])
        AS h (wallet_id, seq, amount, remaining, expires_at, reference)
    JOIN moved ON moved.id = h.wallet_id
), changed AS (
    UPDATE holds h
    SET remaining = c.remaining
    FROM unnest($40::uuid[], $41::bigint[], $42::numeric[]) AS c (wallet_id, seq, remaining), moved
    WHERE moved.id = c.wallet_id AND h.wallet_id = c.wallet_id AND h.seq = c.seq
), closed AS (
    DELETE FROM holds h
    USING unnest($43::uuid[], $44::bigint[]) AS c (wallet_id, seq), moved
    WHERE moved.id = c.wallet_id AND h.wallet_id = c.wallet_id AND h.seq = c.seq
)
SELECT wallet_id, NULL::timestamptz AS at, idempotency_key, seq, request_hash, balance_after, transfer_id FROM known
WHERE (SELECT count(*) FROM durable) >= 0
UNION ALL
SELECT id, updated_at, NULL, NULL, NULL, NULL, NULL FROM moved
UNION ALL
SELECT asked.id, NULL, NULL, NULL, NULL, NULL, NULL
FROM asked
WHERE asked.version = asked.expected AND asked.unit IN (SELECT unit FROM whole)
