-- Terminates the backend with this pid and start time. Returns how many there were, and whether the server is read-only: then
-- it may be another one, and the result proves nothing. No table.
SELECT
    count(pg_terminate_backend(ended.pid)) AS sessions,
    pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean AS is_read_only
FROM pg_stat_activity ended
WHERE ended.pid = $1 AND ended.backend_start = $2::timestamptz
