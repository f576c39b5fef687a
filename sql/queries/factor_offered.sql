-- The secret that waits for its code in the session of a token, and the database's time. Served by admin_sessions_pkey.
SELECT pending_secret AS secret, extract(epoch FROM clock_timestamp())::bigint AS now_s
FROM admin_sessions
WHERE token_hash = $1 AND pending_until > now()
