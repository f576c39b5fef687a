-- A page of the feed: rows after position $1, wallet $2 and seq $3 and below the horizon $4 (feed_state.sql), about $5 of them, with the
-- rest of the last run. Served by operations_feed and operations_pkey.
--
-- What reverses a row is not part of it here: the event is the row as it was written.
WITH ends AS MATERIALIZED (
    SELECT feed_position, wallet_id, seq, feed_run
    FROM operations
    WHERE feed_position IS NOT NULL AND (feed_position, wallet_id, seq) > ($1, $2, $3) AND feed_position < $4
    ORDER BY feed_position, wallet_id, seq
    LIMIT $5
), runs AS MATERIALIZED (
    SELECT ends.*, sum(feed_run) OVER (ORDER BY feed_position, wallet_id, seq) - feed_run AS before FROM ends
)
SELECT
    runs.feed_position AS position, runs.wallet_id, row.*
FROM runs
CROSS JOIN LATERAL (
    SELECT
        o.seq, o.kind, o.amount, o.balance_after, o.held_after, o.created_at, o.transfer_id, o.other_wallet, o.reference,
        o.hold_seq, o.expires_at, o.reverses_seq, o.rules::text AS rules, o.reason, o.actor,
        '{}'::bigint[] AS reversed_by
    FROM operations o
    WHERE o.wallet_id = runs.wallet_id
        AND o.seq > CASE
            WHEN runs.feed_position = $1 AND runs.wallet_id = $2 THEN greatest($3, runs.seq - runs.feed_run)
            ELSE runs.seq - runs.feed_run
        END
        AND o.seq <= runs.seq
    ORDER BY o.seq
    -- Also so that no plan joins the whole ledger.
    LIMIT runs.feed_run
) row
WHERE runs.before < $5
ORDER BY runs.feed_position, runs.wallet_id, row.seq
