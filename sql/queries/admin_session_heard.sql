-- Takes back what was said; not what somebody else wrote meanwhile. Served by admin_sessions_pkey.
UPDATE admin_sessions SET message = NULL, message_tone = NULL WHERE token_hash = $1 AND message = $2
