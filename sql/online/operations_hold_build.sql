CREATE INDEX CONCURRENTLY operations_hold ON operations (wallet_id, hold_seq, seq) WHERE hold_seq IS NOT NULL
