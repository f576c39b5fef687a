-- The newest sessions of user $1 that are not over, that of token $2 first. One in which no code was accepted is over after $3 seconds,
-- if the user has a second factor. Served by admin_sessions_user_id_idx, users_pkey and staff_factors_pkey.
SELECT
    s.id, s.created_at, s.seen_at, s.address, s.agent, s.token_hash = $2 AS is_this,
    f.user_id IS NOT NULL AND coalesce(s.verified_at < f.confirmed_at, true) AS awaits_code
FROM admin_sessions s
JOIN users u ON u.id = s.user_id
LEFT JOIN staff_factors f ON f.user_id = s.user_id
WHERE s.user_id = $1
    AND s.expires_at > now()
    AND s.password = password_tag(u.password_hash, u.password_renewal)
    AND (f.user_id IS NULL OR s.verified_at >= f.confirmed_at OR s.created_at > now() - make_interval(secs => $3))
ORDER BY s.token_hash <> $2, s.created_at DESC, s.id DESC
LIMIT $4
