-- Keeps the shards $1 where they are until the transaction is over, and the node's base of the feed as it is (feed_raise.sql): the lock is
-- that which Citus' own writes take, and a move of a shard waits for it before it changes the catalogue. $2 is the feed's lock. No table.
SELECT lock_shard_metadata(5, $1::bigint[]), pg_advisory_xact_lock_shared($2::bigint)
