CREATE INDEX CONCURRENTLY wallets_frozen
    ON wallets (created_at DESC, id)
    WHERE rules ->> 'debits' = 'frozen' OR rules ->> 'credits' = 'frozen'
