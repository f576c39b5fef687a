-- Takes the session's lock $1, if no other session has it; never waits, so that no snapshot of ours is waited for by the
-- one who has it and builds an index. No table.
SELECT pg_try_advisory_lock($1) AS is_taken
