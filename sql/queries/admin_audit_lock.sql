-- Takes the session's lock under which an audit runs, if nobody has it. No table.
SELECT pg_try_advisory_lock($1) AS is_taken
