-- Begins an epoch of the feed on this node of a distributed database, unless another session does: the first one above the position $1, the
-- last of the database, and a later one, of a server that was replaced or restored, far above all that its predecessor may have written.
-- Served by feed_epochs_pkey.
INSERT INTO feed_epochs (number, tag, system_identifier, timeline, server_start, database_id, table_id, base, last, sure)
SELECT
    coalesce(newest.number, 0) + 1,
    floor(random() * 2147483647),
    server.system_identifier,
    left(pg_walfile_name(pg_current_wal_lsn()), 8),
    pg_postmaster_start_time(),
    (SELECT oid FROM pg_database WHERE datname = current_database()),
    'feed_epochs'::regclass,
    coalesce(newest.base + 1000000000, greatest($1::bigint + 1 - pg_current_xact_id()::text::bigint, 0)),
    0,
    0
FROM pg_control_system() AS server
LEFT JOIN (SELECT number, base FROM feed_epochs ORDER BY number DESC LIMIT 1) AS newest ON true
ON CONFLICT (number) DO NOTHING
