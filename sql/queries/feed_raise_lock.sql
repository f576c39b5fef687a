-- Waits until nobody writes on this node who knows its base (shard_lock.sql, across_place.sql), and lets nobody begin to. $1 is the feed's
-- lock. No table.
SELECT pg_advisory_xact_lock($1::bigint)
