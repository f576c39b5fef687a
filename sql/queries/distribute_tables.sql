-- The tables of the current schema that are distributed, or on every node, in the order of their names. Reads catalogues of few rows.
--
-- method: h by a hash of a column, n on one node or on every one.
SELECT
    c.relname::text AS name,
    p.partmethod::text AS method,
    CASE WHEN p.partkey IS NOT NULL THEN column_to_column_name(p.logicalrelid, p.partkey) END AS by_column,
    p.colocationid,
    (SELECT count(*) FROM pg_dist_shard s WHERE s.logicalrelid = p.logicalrelid) AS shards
FROM pg_dist_partition p
JOIN pg_class c ON c.oid = p.logicalrelid
WHERE c.relnamespace = current_schema()::regnamespace
ORDER BY c.relname
