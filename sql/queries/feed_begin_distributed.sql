-- As feed_begin.sql, on the coordinator of a distributed database: positions are numbers of the nodes' transactions, not of its own, so
-- nothing is known of them here, and nothing has to be: what a node lost, its own bases skip (feed_node_begin.sql). Served by
-- feed_epochs_pkey and operations_feed of every shard.
INSERT INTO feed_epochs (number, tag, system_identifier, timeline, server_start, database_id, table_id, base, last, sure)
SELECT
    newest.number + 1,
    floor(random() * 2147483647),
    server.system_identifier,
    server.timeline,
    pg_postmaster_start_time(),
    (SELECT oid FROM pg_database WHERE datname = current_database()),
    'feed_epochs'::regclass,
    newest.base,
    $1::bigint,
    $1::bigint
FROM (SELECT * FROM feed_epochs ORDER BY number DESC LIMIT 1) AS newest
CROSS JOIN (
    SELECT system_identifier, left(pg_walfile_name(pg_current_wal_lsn()), 8) AS timeline FROM pg_control_system()
) AS server
WHERE NOT (
    newest.system_identifier = server.system_identifier
    AND newest.timeline = server.timeline
    AND newest.server_start = pg_postmaster_start_time()
    AND newest.database_id = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND newest.table_id = 'feed_epochs'::regclass
)
ON CONFLICT (number) DO NOTHING
