-- The newest base of the feed on this node of a distributed database, and whether it is of this server: one that was replaced or restored is
-- another. No row: there is none yet. Served by feed_epochs_pkey.
SELECT
    base,
    system_identifier = (SELECT system_identifier FROM pg_control_system())
        AND timeline = left(pg_walfile_name(pg_current_wal_lsn()), 8) AS is_present
FROM feed_epochs
ORDER BY number DESC
LIMIT 1
