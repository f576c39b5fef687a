CREATE INDEX CONCURRENTLY operations_reverses ON operations (wallet_id, reverses_seq) WHERE reverses_seq IS NOT NULL
