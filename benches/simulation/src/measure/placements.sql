SELECT count(*)
FROM pg_dist_placement
WHERE shardid = ANY ($1::bigint[]) AND groupid = (SELECT groupid FROM pg_dist_local_group)
