-- The time before which no wallet gets another operation. Served by no index: one row per session of the server.
--
-- An operation has the time at which its transaction began, or a later one (commit.sql). A transaction that has written something may still
-- run, for as long as a synchronous standby is away; it shows when it began. One that has not written yet is shorter than $1
-- seconds, which also allows for a server's clock that is set back, or that is behind after a failover.
--
-- To be read before the operations, in a statement of its own: a transaction that ends in between is then among them.
SELECT least(now() - make_interval(secs => $1), min(xact_start)) AS horizon
FROM pg_stat_activity
WHERE datname = current_database() AND backend_xid IS NOT NULL
