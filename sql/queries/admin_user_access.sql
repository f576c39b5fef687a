-- How many sessions a user has that are not over, and since when a second factor. Served by users_pkey, staff_factors_pkey and
-- admin_sessions_user_id_idx.
SELECT
    f.confirmed_at,
    (
        SELECT count(*) FROM admin_sessions s
        WHERE s.user_id = u.id
            AND s.expires_at > now()
            AND s.password = password_tag(u.password_hash, u.password_renewal)
            AND (f.user_id IS NULL OR s.verified_at >= f.confirmed_at OR s.created_at > now() - make_interval(secs => $2))
    ) AS sessions
FROM users u
LEFT JOIN staff_factors f ON f.user_id = u.id
WHERE u.id = $1
