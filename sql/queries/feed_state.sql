-- The epochs of the feed from number $1 on, or the newest one, in order, each with the *horizon*: positions below it belong to
-- transactions that are over, for every statement that is sent after this one on the session; and the position that the next transaction would
-- have. Served by feed_epochs_pkey.
--
-- Transactions of other databases on the server have numbers of the same series, and do not write here: one that is idle there
-- must not stop the feed. The snapshot does not say whose they are; the lock that each has on its own number does. One whose lock is
-- not found counts as running here, as it does until it is over for a snapshot.
WITH snapshot AS MATERIALIZED (
    SELECT pg_current_snapshot() AS now
), running AS MATERIALIZED (
    SELECT transaction::text::bigint AS number FROM snapshot, pg_snapshot_xip(snapshot.now) AS transaction
), elsewhere AS MATERIALIZED (
    SELECT running.number
    FROM running
    JOIN pg_locks l
        ON l.locktype = 'transactionid' AND l.granted AND l.mode = 'ExclusiveLock'
        AND l.transactionid = (running.number % 4294967296)::text::xid
    JOIN pg_stat_activity a ON a.pid = l.pid
    JOIN pg_database d ON d.oid = a.datid AND d.datname <> current_database()
), horizon AS (
    SELECT coalesce(
        (SELECT min(number) FROM running WHERE number NOT IN (SELECT number FROM elsewhere)),
        (SELECT pg_snapshot_xmax(now)::text::bigint FROM snapshot)
    ) AS number
)
SELECT
    e.number, e.tag, e.last, e.sure,
    (SELECT base FROM feed_epochs ORDER BY number DESC LIMIT 1) + horizon.number AS horizon,
    (SELECT base FROM feed_epochs ORDER BY number DESC LIMIT 1) + pg_snapshot_xmax(snapshot.now)::text::bigint AS next
FROM feed_epochs e
CROSS JOIN horizon
CROSS JOIN snapshot
WHERE e.number >= least($1::integer, (SELECT max(number) FROM feed_epochs))
ORDER BY e.number
