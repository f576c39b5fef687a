-- Gives the lock $1 back. A pooler may keep the session, and the lock with it. No table.
SELECT pg_advisory_unlock($1)
