-- The session of a token, with its user. Staff without a role were made so by an engine that knew none: they are viewers. A session of a
-- user with a second factor needs a code that was accepted since the factor is in force, and without one is over after $2 seconds.
-- Served by admin_sessions_pkey, users_pkey and staff_factors_pkey.
SELECT
    u.id, u.username, u.is_active AND u.is_staff AS admitted, coalesce(u.role, 'viewer') AS role, s.message, s.message_tone,
    f.user_id IS NOT NULL AS has_factor,
    coalesce(s.verified_at >= f.confirmed_at, false) AS is_verified,
    s.seen_at <= now() - interval '1 minute' AS was_seen_long_ago
FROM admin_sessions s
JOIN users u ON u.id = s.user_id
LEFT JOIN staff_factors f ON f.user_id = s.user_id
WHERE s.token_hash = $1
    AND s.expires_at > now()
    AND s.password = password_tag(u.password_hash, u.password_renewal)
    AND (f.user_id IS NULL OR s.verified_at >= f.confirmed_at OR s.created_at > now() - make_interval(secs => $2))
