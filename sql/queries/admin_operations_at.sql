-- The feed's position at the time $1: entries above it were not made before. Served by operations_feed, by binary search: about forty
-- lookups, however many operations there are.
--
-- Positions follow time but for transactions that ran at once, and for a clock that was set: the caller leaves a margin.
WITH RECURSIVE bisection AS (
    -- What is up to low is before the time; what is at high is not.
    SELECT
        0::bigint AS low,
        coalesce(
            (SELECT feed_position FROM operations WHERE feed_position IS NOT NULL ORDER BY feed_position DESC LIMIT 1), 0
        ) + 1 AS high
    UNION ALL
    SELECT
        CASE WHEN coalesce(newest.created_at < $1::timestamptz, true) THEN middle.position ELSE b.low END,
        CASE WHEN coalesce(newest.created_at < $1, true) THEN b.high ELSE newest.feed_position END
    FROM bisection b
    CROSS JOIN LATERAL (SELECT (b.low + b.high) / 2 AS position) middle
    LEFT JOIN LATERAL (
        SELECT feed_position, created_at
        FROM operations
        WHERE feed_position IS NOT NULL AND feed_position <= middle.position
        ORDER BY feed_position DESC, wallet_id DESC, seq DESC
        LIMIT 1
    ) newest ON true
    WHERE b.high - b.low > 1
)
SELECT low AS position FROM bisection WHERE high - low <= 1
