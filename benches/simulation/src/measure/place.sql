SELECT pg_advisory_xact_lock_shared(1) FROM wallets WHERE id = $1
