-- Ends a backend, unless its number is another session's by now; how many there are that were not gone yet, and
-- whether this server takes no writes, and so may not say that one is gone. No table.
SELECT
    count(pg_terminate_backend(ended.pid)) AS sessions,
    pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean AS is_read_only
FROM pg_stat_activity ended
WHERE ended.pid = $1 AND ended.backend_start = $2::timestamptz
