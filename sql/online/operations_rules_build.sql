CREATE INDEX CONCURRENTLY operations_rules ON operations (wallet_id, seq) WHERE rules IS NOT NULL
