-- A page of the feed of wallet $1 alone: its rows after seq $2, $3 at most, each with its position. Served by operations_pkey.
WITH page AS MATERIALIZED (
    SELECT
        o.wallet_id, o.feed_position, o.feed_run,
        o.seq, o.kind, o.amount, o.balance_after, o.held_after, o.created_at, o.transfer_id, o.other_wallet, o.reference,
        o.hold_seq, o.expires_at, o.reverses_seq, o.rules::text AS rules, o.reason, o.actor
    FROM operations o
    WHERE o.wallet_id = $1 AND o.seq > $2
    ORDER BY o.seq
    LIMIT $3
)
SELECT
    page.*,
    '{}'::bigint[] AS reversed_by,
    CASE
        WHEN page.feed_run IS NULL THEN 0
        ELSE coalesce(
            min(page.feed_position) OVER (ORDER BY page.seq ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING),
            -- The run goes on behind the page.
            (
                SELECT o.feed_position
                FROM operations o
                WHERE o.wallet_id = $1 AND o.seq > (SELECT max(seq) FROM page) AND o.feed_position IS NOT NULL
                ORDER BY o.seq
                LIMIT 1
            )
        )
    END AS position
FROM page
ORDER BY page.seq
