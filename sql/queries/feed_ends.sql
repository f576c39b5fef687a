-- Of a page of the feed of a distributed database: the last rows of the runs after position $1, wallet $2 and seq $3 and below the horizon $4,
-- $5 at most. Served by operations_feed of every shard.
SELECT feed_position, wallet_id, seq, feed_run::bigint AS feed_run
FROM operations
WHERE feed_position IS NOT NULL AND (feed_position, wallet_id, seq) > ($1, $2, $3) AND feed_position < $4
ORDER BY feed_position, wallet_id, seq
LIMIT $5
