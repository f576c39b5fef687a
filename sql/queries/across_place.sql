-- Of a commit over several nodes: keeps the base of the feed as it is (feed_raise.sql) on the node that has wallet $1, where this is
-- computed. Served by wallets_pkey.
SELECT pg_advisory_xact_lock_shared($2::bigint) FROM wallets WHERE id = $1
