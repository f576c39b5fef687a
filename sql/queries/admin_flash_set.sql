-- The flash message of the session's next page. Served by admin_sessions_pkey.
UPDATE admin_sessions SET message = $2, message_tone = $3 WHERE token_hash = $1
