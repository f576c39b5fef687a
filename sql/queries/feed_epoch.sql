-- The base of the present epoch of the feed; no row if this run of the server has not begun one in this database (feed_begin.sql). Served
-- by feed_epochs_pkey.
SELECT base
FROM (SELECT *, tableoid FROM feed_epochs ORDER BY number DESC LIMIT 1) AS newest
WHERE system_identifier = (SELECT system_identifier FROM pg_control_system())
    AND timeline = left(pg_walfile_name(pg_current_wal_lsn()), 8)
    AND server_start = pg_postmaster_start_time()
    AND database_id = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND table_id = tableoid
