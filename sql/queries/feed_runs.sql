-- Of a page of the feed of a distributed database: the rows of runs (feed_ends.sql), each of wallet $1 after seq $2 up to seq $3, with position
-- $4, in the feed's order; $5 are the wallets once more, from which the shards follow. Served by operations_pkey.
SELECT
    run.position, o.wallet_id,
    o.seq, o.kind, o.amount, o.balance_after, o.held_after, o.created_at, o.transfer_id, o.other_wallet, o.reference,
    o.hold_seq, o.expires_at, o.reverses_seq, o.rules::text AS rules, o.reason, o.actor,
    '{}'::bigint[] AS reversed_by
FROM operations o
JOIN unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[]) AS run (wallet_id, after, up_to, position)
    ON o.wallet_id = run.wallet_id AND o.seq > run.after AND o.seq <= run.up_to
WHERE o.wallet_id = ANY ($5::uuid[])
ORDER BY run.position, o.wallet_id, o.seq
