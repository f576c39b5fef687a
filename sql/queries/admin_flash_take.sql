-- Removes the flash message, unless another one replaced it. Served by admin_sessions_pkey.
UPDATE admin_sessions SET message = NULL, message_tone = NULL WHERE token_hash = $1 AND message = $2
