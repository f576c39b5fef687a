-- Takes the session-level advisory lock under which an audit runs, if it is free. No table.
SELECT pg_try_advisory_lock($1) AS is_taken
