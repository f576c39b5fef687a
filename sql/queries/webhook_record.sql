-- Moves webhook $1, if engine $2 has its lease and its cursor is $3, to cursor $4; something was delivered if $5, and $6 failed last
-- (NULL: nothing). Wallets $7 wait from $8 on after $9 attempts, for $10 seconds, as of $11 and $12; wallets $13 wait no longer. Events
-- $14 of types $15, wallets $16 and numbers $17 are set aside after $18 attempts, as of $19 and $20. When $21 are set aside, it is
-- disabled, so that a receiver that accepts nothing does not fill the table. A replay changes the time $22, and maybe not the cursor. No row: it is not to be moved. Served by webhooks_pkey,
-- webhook_waiting_pkey, webhook_set_aside_pkey, webhook_set_aside_cursor_key.
WITH room AS MATERIALIZED (
    -- Counted only when something is added.
    SELECT
        cardinality($14::text[]) > 0
        AND cardinality($14::text[])
            + (SELECT count(*) FROM (SELECT FROM webhook_set_aside WHERE webhook_id = $1 LIMIT $21::bigint) known) >= $21::bigint
        AS is_full
), moved AS (
    UPDATE webhooks
    SET
        cursor = $4,
        enabled = enabled AND NOT room.is_full,
        version = version + room.is_full::integer,
        last_success_at = CASE WHEN $5 THEN now() ELSE last_success_at END,
        last_failure_at = CASE WHEN $6::text IS NULL THEN last_failure_at ELSE now() END,
        last_failure = CASE
            WHEN room.is_full THEN 'set_aside_full'
            -- Why it was disabled is not written over by what was still under way.
            WHEN NOT enabled THEN last_failure
            ELSE coalesce($6, last_failure)
        END
    FROM room
    WHERE id = $1 AND leased_by = $2 AND cursor = $3 AND since = $22
    RETURNING id, room.is_full
), released AS (
    DELETE FROM webhook_waiting WHERE webhook_id IN (SELECT id FROM moved) AND wallet_id = ANY ($13::uuid[])
), waits AS (
    INSERT INTO webhook_waiting AS known (
        webhook_id, wallet_id, cursor, attempts, first_failed_at, next_attempt_at, last_status, last_error
    )
    SELECT moved.id, w.wallet_id, w.cursor, w.attempts, now(), now() + make_interval(secs => w.due_in_s), w.status, w.error
    FROM moved, unnest($7::uuid[], $8::text[], $9::integer[], $10::float8[], $11::integer[], $12::text[])
        AS w (wallet_id, cursor, attempts, due_in_s, status, error)
    ON CONFLICT ON CONSTRAINT webhook_waiting_pkey DO UPDATE
    SET
        cursor = excluded.cursor,
        attempts = excluded.attempts,
        first_failed_at = CASE
            WHEN known.cursor = excluded.cursor THEN known.first_failed_at ELSE excluded.first_failed_at
        END,
        next_attempt_at = excluded.next_attempt_at,
        last_status = excluded.last_status,
        last_error = excluded.last_error
), aside AS (
    INSERT INTO webhook_set_aside (webhook_id, cursor, type, wallet_id, seq, attempts, last_status, last_error)
    SELECT moved.id, a.cursor, a.type, a.wallet_id, a.seq, a.attempts, a.status, a.error
    FROM moved, unnest($14::text[], $15::text[], $16::uuid[], $17::bigint[], $18::integer[], $19::integer[], $20::text[])
        AS a (cursor, type, wallet_id, seq, attempts, status, error)
    -- Recorded before, without the engine having learnt it; or given up once more, after a replay.
    ON CONFLICT ON CONSTRAINT webhook_set_aside_cursor_key DO UPDATE
    SET
        set_aside_at = excluded.set_aside_at,
        attempts = excluded.attempts,
        last_status = excluded.last_status,
        last_error = excluded.last_error
)
SELECT is_full FROM moved
