-- A page of the rows that were written before rows had positions: those after wallet $1 and seq $2, $3 at most. Served by
-- operations_feed_past.
SELECT
    0::bigint AS position, o.wallet_id,
    o.seq, o.kind, o.amount, o.balance_after, o.held_after, o.created_at, o.transfer_id, o.other_wallet, o.reference,
        o.hold_seq, o.expires_at, o.reverses_seq, o.rules::text AS rules, o.reason, o.actor,
    '{}'::bigint[] AS reversed_by
FROM operations o
WHERE o.feed_run IS NULL AND (o.wallet_id, o.seq) > ($1, $2)
ORDER BY o.wallet_id, o.seq
LIMIT $3
