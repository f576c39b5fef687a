-- Creates a session of a user, valid while they have the password whose hash $3 was checked. Deletes expired sessions. Of a user with a second
-- factor it awaits a code; of another, the sign-in is done, and written into the journal. Served by users_pkey, staff_factors_pkey and
-- admin_sessions_expires_at_idx.
WITH expired AS (
    DELETE FROM admin_sessions WHERE expires_at <= now()
), begun AS (
    INSERT INTO admin_sessions (token_hash, user_id, password, expires_at, address, agent)
    SELECT $1, id,
        CASE password_hash WHEN $3 THEN password_tag(password_hash, password_renewal) ELSE sha256(convert_to($3, 'UTF8')) END,
        now() + make_interval(secs => $4), $5, $6
    FROM users
    WHERE id = $2
    RETURNING user_id, address
)
SELECT
    f.user_id IS NOT NULL AS has_factor,
    CASE WHEN f.user_id IS NULL
        THEN staff_journal_write(u.id, u.username, begun.address, 'sign_in', 'user', u.id::text, NULL, '{}')
    END AS entry
FROM begun
JOIN users u ON u.id = begun.user_id
LEFT JOIN staff_factors f ON f.user_id = begun.user_id
