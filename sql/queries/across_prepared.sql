-- How many transactions that a session of pid $2 on the node of group $1 has prepared on this node are neither committed nor rolled back, as
-- their names tell. No table.
SELECT count(*) AS prepared
FROM pg_prepared_xacts
WHERE database = current_database() AND starts_with(gid, format('citus_%s_%s_', $1::integer, $2::integer))
