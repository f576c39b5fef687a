-- Releases advisory lock $1, as a pooler may keep the session open. No table.
SELECT pg_advisory_unlock($1)
