-- The state of the server. No table but statistics and settings.
SELECT
    current_setting('server_version') AS version,
    pg_postmaster_start_time() AS started_at,
    pg_is_in_recovery() AS read_only,
    pg_database_size(current_database()) AS bytes,
    (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()) AS connections,
    (SELECT count(*) FROM pg_stat_activity
     WHERE datname = current_database() AND wait_event_type = 'Lock') AS waiting_for_locks,
    current_setting('max_connections')::bigint AS connections_max,
    (SELECT count(*) FROM pg_stat_replication) AS replicas
