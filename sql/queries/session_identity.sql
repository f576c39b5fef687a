-- The identity of this session's backend and server, the server's clock, and whether the server is read-only; no row if the
-- session is not visible in pg_stat_activity, where settling has to find it. No table.
--
-- The timeline is that of the write-ahead log being written: pg_control_checkpoint() shows the new one of a promoted
-- standby only after its first checkpoint.
SELECT
    a.pid,
    a.backend_start,
    clock_timestamp() AS clock,
    pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean AS is_read_only,
    (SELECT system_identifier FROM pg_control_system()) AS system_identifier,
    CASE WHEN NOT pg_is_in_recovery() THEN left(pg_walfile_name(pg_current_wal_lsn()), 8) END AS timeline,
    pg_postmaster_start_time() AS server_start,
    (SELECT oid FROM pg_database WHERE datname = current_database()) AS database,
    to_regclass('wallets')::oid AS wallets
FROM pg_stat_activity a
WHERE a.pid = pg_backend_pid()
