-- Shards of wallets, those of operations with the same range, and the group of their node.
SELECT w.shardid, o.shardid, p.groupid
FROM pg_dist_shard w
JOIN pg_dist_shard o ON o.logicalrelid = 'operations'::regclass AND o.shardminvalue = w.shardminvalue
JOIN pg_dist_placement p ON p.shardid = w.shardid
WHERE w.logicalrelid = 'wallets'::regclass
