-- Takes the advisory lock of the import, if no other session has it.
SELECT pg_try_advisory_lock($1)
