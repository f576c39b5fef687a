-- Does what admin_operations_at.sql does on each shard of operations, a row for each: the highest position of what was made before the
-- time $1 there, and the group of the node that it is on. Served by operations_feed, on all nodes.
SELECT s.success, s.result, p.groupid
FROM run_command_on_shards('operations', format($command$
    WITH RECURSIVE bisection AS (
        SELECT
            0::bigint AS low,
            coalesce(
                (SELECT feed_position FROM %%1$s WHERE feed_position IS NOT NULL ORDER BY feed_position DESC LIMIT 1), 0
            ) + 1 AS high
        UNION ALL
        SELECT
            CASE WHEN coalesce(newest.created_at < %1$L::timestamptz, true) THEN middle.position ELSE b.low END,
            CASE WHEN coalesce(newest.created_at < %1$L, true) THEN b.high ELSE newest.feed_position END
        FROM bisection b
        CROSS JOIN LATERAL (SELECT (b.low + b.high) / 2 AS position) middle
        LEFT JOIN LATERAL (
            SELECT feed_position, created_at
            FROM %%1$s
            WHERE feed_position IS NOT NULL AND feed_position <= middle.position
            ORDER BY feed_position DESC, wallet_id DESC, seq DESC
            LIMIT 1
        ) newest ON true
        WHERE b.high - b.low > 1
    )
    SELECT low FROM bisection WHERE high - low <= 1
$command$, $1::timestamptz)) s
JOIN pg_dist_placement p USING (shardid)
