-- On each node: the number of the first transaction that has not begun to write, and of the first that writes still. Of the whole server,
-- prepared transactions among them. All nodes.
SELECT
    nodeid, success, result,
    CASE WHEN success THEN split_part(result, ' ', 1)::bigint END AS next,
    CASE WHEN success THEN split_part(result, ' ', 2)::bigint END AS oldest
FROM run_command_on_all_nodes(
    $command$SELECT pg_snapshot_xmax(s) || ' ' || pg_snapshot_xmin(s) FROM pg_current_snapshot() s$command$
)
