-- As commit_wallet.sql, for a single wallet that has holds or rules, or whose rows have more than an operation: what a hot wallet is
-- written by while it holds money. What commit_full.sql does for it, without joins and without asking for keys. Served by
-- wallets_pkey and holds_pkey.
WITH moved AS (
    UPDATE wallets w
    SET balance = $5,
        version = $4,
        held = $7,
        rules = $8::text::jsonb,
        spent_day = CASE
            WHEN $9::date IS NOT NULL THEN greatest($9, (greatest(w.updated_at, statement_timestamp()) AT TIME ZONE 'UTC')::date)
        END,
        spent = CASE
            WHEN $9 < (greatest(w.updated_at, statement_timestamp()) AT TIME ZONE 'UTC')::date THEN $11::numeric
            ELSE $10::numeric
        END,
        updated_at = greatest(w.updated_at, statement_timestamp())
    WHERE w.id = $1 AND w.version = $2 AND w.balance = $3 AND w.held = $6
    RETURNING w.id, w.updated_at, w.ctid AS place
), recorded AS (
    INSERT INTO operations (
        wallet_id, seq, id, kind, amount, balance_after, idempotency_key, request_hash, actor, reference,
        held_after, hold_seq, expires_at, reverses_seq, rules, reason, created_at,
        feed_position, feed_run
    )
    SELECT
        moved.id, $2 + o.place, o.id, o.kind, o.amount, o.balance_after, o.idempotency_key, o.request_hash, o.actor, o.reference,
        o.held_after, o.hold_seq, o.expires_at, o.reverses_seq, o.rules::jsonb, o.reason, moved.updated_at,
        CASE WHEN $2 + o.place = $4 THEN $34::bigint + pg_current_xact_id()::text::bigint END,
        CASE WHEN $2 + o.place = $4 THEN ($4 - $2)::integer ELSE 0 END
    FROM moved, unnest(
        $12::uuid[], $13::text[], $14::numeric[], $15::numeric[], $16::text[], $17::bytea[], $18::text[], $19::text[],
        $20::numeric[], $21::bigint[], $22::timestamptz[], $23::bigint[], $24::text[], $25::text[]
    ) WITH ORDINALITY AS o (
        id, kind, amount, balance_after, idempotency_key, request_hash, actor, reference,
        held_after, hold_seq, expires_at, reverses_seq, rules, reason, place
    )
), opened AS (
    INSERT INTO holds (wallet_id, seq, amount, remaining, expires_at, reference, created_at)
    SELECT moved.id, h.seq, h.amount, h.remaining, h.expires_at, h.reference, moved.updated_at
    FROM moved, unnest($26::bigint[], $27::numeric[], $28::numeric[], $29::timestamptz[], $30::text[])
        AS h (seq, amount, remaining, expires_at, reference)
), changed AS (
    UPDATE holds h
    SET remaining = c.remaining
    FROM moved, unnest($31::bigint[], $32::numeric[]) AS c (seq, remaining)
    WHERE h.wallet_id = moved.id AND h.seq = c.seq
), closed AS (
    DELETE FROM holds
    WHERE wallet_id = (SELECT id FROM moved) AND seq = ANY ($33::bigint[])
)
SELECT id, updated_at, place FROM moved
