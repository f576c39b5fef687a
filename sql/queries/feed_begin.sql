-- Begins an epoch of the feed, unless another session does. Served by feed_epochs_pkey and operations_feed.
--
-- Its base makes every later position higher than those that the database holds. Positions up to `last` stay what they are. After a
-- failover, what was shown of the old server may be lost although something of a higher position is there, as transactions do not commit in the
-- order of their numbers: what was lost of these counts as aborted on the new server, so all is certain only below the first such of
-- the last thousand. One that was aborted before is taken for a loss as well.
INSERT INTO feed_epochs (number, tag, system_identifier, timeline, server_start, database_id, table_id, base, last, sure)
SELECT
    newest.number + 1,
    floor(random() * 2147483647),
    server.system_identifier,
    server.timeline,
    pg_postmaster_start_time(),
    (SELECT oid FROM pg_database WHERE datname = current_database()),
    'feed_epochs'::regclass,
    greatest(newest.base, held.last - pg_current_xact_id()::text::bigint),
    held.last,
    CASE
        WHEN server.system_identifier = newest.system_identifier AND server.timeline <> newest.timeline
            THEN coalesce(
                (
                    SELECT newest.base + min(transaction) - 1
                    FROM generate_series(greatest(held.last - newest.base - 1000, 3), held.last - newest.base) AS transaction
                    WHERE pg_xact_status(transaction::text::xid8) = 'aborted'
                ),
                held.last
            )
        ELSE held.last
    END
FROM (SELECT * FROM feed_epochs ORDER BY number DESC LIMIT 1) AS newest
CROSS JOIN (
    SELECT system_identifier, left(pg_walfile_name(pg_current_wal_lsn()), 8) AS timeline FROM pg_control_system()
) AS server
CROSS JOIN (
    SELECT coalesce(
        (SELECT feed_position FROM operations WHERE feed_position IS NOT NULL ORDER BY feed_position DESC LIMIT 1), 0
    ) AS last
) AS held
-- Another session may have begun it since this one found none.
WHERE NOT (
    newest.system_identifier = server.system_identifier
    AND newest.timeline = server.timeline
    AND newest.server_start = pg_postmaster_start_time()
    AND newest.database_id = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND newest.table_id = 'feed_epochs'::regclass
)
ON CONFLICT (number) DO NOTHING
