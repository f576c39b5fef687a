CREATE INDEX CONCURRENTLY wallets_closed ON wallets (created_at DESC, id) WHERE rules -> 'closed' = 'true'
