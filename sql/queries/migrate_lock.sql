-- Takes the session-level advisory lock $1, if it is free. It never waits, as a session that holds the lock and builds an
-- index concurrently would wait for the snapshot of this statement. No table.
SELECT pg_try_advisory_lock($1) AS is_taken
