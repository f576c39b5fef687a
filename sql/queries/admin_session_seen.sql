-- When a session was last used, and from where; once a minute, as a page that refreshes itself uses it often. Served by
-- admin_sessions_pkey.
UPDATE admin_sessions SET seen_at = now(), address = $2, agent = $3
WHERE token_hash = $1 AND seen_at <= now() - interval '1 minute'
