CREATE INDEX CONCURRENTLY operations_feed ON operations (feed_position, wallet_id, seq) WHERE feed_position IS NOT NULL
