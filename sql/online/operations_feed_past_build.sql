CREATE INDEX CONCURRENTLY operations_feed_past ON operations (wallet_id, seq) WHERE feed_run IS NULL
