-- The session of a token, with its user. Staff without a role were made so by an engine that knew none: they are viewers. Served by admin_sessions_pkey and users_pkey.
SELECT u.id, u.username, u.is_active AND u.is_staff AS admitted, coalesce(u.role, 'viewer') AS role, s.message, s.message_tone
FROM admin_sessions s JOIN users u ON u.id = s.user_id
WHERE s.token_hash = $1 AND s.expires_at > now() AND s.password = sha256(convert_to(u.password_hash, 'UTF8'))
