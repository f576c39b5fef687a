-- The last row of the feed below the horizon $1 (feed_state.sql). Served by operations_feed.
SELECT feed_position, wallet_id, seq
FROM operations
WHERE feed_position IS NOT NULL AND feed_position < $1
ORDER BY feed_position DESC, wallet_id DESC, seq DESC
LIMIT 1
