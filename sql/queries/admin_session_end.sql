-- Ends a session. Served by admin_sessions_pkey.
DELETE FROM admin_sessions WHERE token_hash = $1
