-- The shards of the wallets' tables, a row each, with the node that has them; none if they are not distributed. Served by the catalogue's
-- primary keys (pg_dist_shard, pg_dist_placement, pg_dist_node of Citus 13.2).
--
-- Tables that are distributed together have the same ranges, and the same node for each. The table of kinds is a reference table: one
-- shard, of which every node has a copy.
SELECT
    w.shardid AS wallets,
    o.shardid AS operations,
    h.shardid AS holds,
    (SELECT shardid FROM pg_dist_shard WHERE logicalrelid = to_regclass('operation_kinds')) AS kinds,
    w.shardminvalue::integer AS low,
    w.shardmaxvalue::integer AS high,
    n.groupid AS group,
    n.nodename AS host,
    n.nodeport AS port
FROM pg_dist_shard w
JOIN pg_dist_shard o ON o.logicalrelid = to_regclass('operations') AND o.shardminvalue = w.shardminvalue
JOIN pg_dist_shard h ON h.logicalrelid = to_regclass('holds') AND h.shardminvalue = w.shardminvalue
JOIN pg_dist_placement p ON p.shardid = w.shardid AND p.shardstate = 1
JOIN pg_dist_node n ON n.groupid = p.groupid AND n.noderole = 'primary'
WHERE w.logicalrelid = to_regclass('wallets')
ORDER BY low
