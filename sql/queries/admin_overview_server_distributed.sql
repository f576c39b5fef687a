-- Does what admin_overview_server.sql does, of the coordinator; but the size is that of the database on every node that responds. No table.
SELECT
    current_setting('server_version') AS version,
    pg_postmaster_start_time() AS started_at,
    pg_is_in_recovery() AS read_only,
    (
        SELECT sum(result::bigint)::bigint
        FROM run_command_on_all_nodes('SELECT pg_database_size(current_database())')
        WHERE success
    ) AS bytes,
    (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()) AS connections,
    (SELECT count(*) FROM pg_stat_activity
     WHERE datname = current_database() AND wait_event_type = 'Lock') AS waiting_for_locks,
    current_setting('max_connections')::bigint AS connections_max,
    (SELECT count(*) FROM pg_stat_replication) AS replicas
