-- Of a commit over several nodes: the rows of wallet $1 after seq $2, of which $3 is the last one, with the time $4 and the position $5. No
-- index serves it.
INSERT INTO operations (
    wallet_id, seq, id, kind, amount, balance_after, idempotency_key, request_hash, actor,
    transfer_id, other_wallet, other_seq, reference,
    held_after, hold_seq, expires_at, reverses_seq, rules, reason, created_at,
    feed_position, feed_run
)
SELECT
    $1::uuid, $2::bigint + o.place, o.id, o.kind, o.amount, o.balance_after, o.idempotency_key, o.request_hash, o.actor,
    o.transfer_id, o.other_wallet, o.other_seq, o.reference,
    o.held_after, o.hold_seq, o.expires_at, o.reverses_seq, o.rules::jsonb, o.reason, $4::timestamptz,
    CASE WHEN $2 + o.place = $3::bigint THEN $5::bigint END,
    CASE WHEN $2 + o.place = $3 THEN ($3 - $2)::integer ELSE 0 END
FROM unnest(
    $6::uuid[], $7::text[], $8::numeric[], $9::numeric[], $10::text[], $11::bytea[], $12::text[],
    $13::uuid[], $14::uuid[], $15::bigint[], $16::text[],
    $17::numeric[], $18::bigint[], $19::timestamptz[], $20::bigint[], $21::text[], $22::text[]
) WITH ORDINALITY AS o (
    id, kind, amount, balance_after, idempotency_key, request_hash, actor,
    transfer_id, other_wallet, other_seq, reference,
    held_after, hold_seq, expires_at, reverses_seq, rules, reason, place
)
