-- Fails with 22012, a division by zero, unless this node has all of the shards $1, and $2 is its base of the feed (NULL: whatever it is). To
-- be sent after shard_lock.sql in a statement of its own, as a statement sees what was there when it began. Served by the catalogue's
-- primary keys and feed_epochs_pkey.
--
-- An error, not an answer, so that what is sent behind it in the same round trip is not executed.
SELECT 1 / (
    (
        SELECT count(*)
        FROM pg_dist_placement p
        WHERE p.shardid = ANY ($1::bigint[]) AND p.shardstate = 1 AND p.groupid = (SELECT groupid FROM pg_dist_local_group)
    ) = cardinality($1)
    AND ($2::bigint IS NULL OR $2 = (SELECT base FROM feed_epochs ORDER BY number DESC LIMIT 1))
)::integer AS is_here
