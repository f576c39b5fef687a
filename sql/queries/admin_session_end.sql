-- Ends the session of a token. $2 is the address of who signs out, for the journal; NULL: a new session takes its place. One that awaited
-- a code was no sign-in, and its end is no sign-out. Served by admin_sessions_pkey, users_pkey, staff_factors_pkey.
WITH ended AS (
    DELETE FROM admin_sessions WHERE token_hash = $1 RETURNING user_id, verified_at
)
SELECT staff_journal_write(u.id, u.username, $2, 'sign_out', 'user', u.id::text, NULL, '{}') AS entry
FROM ended
JOIN users u ON u.id = ended.user_id
LEFT JOIN staff_factors f ON f.user_id = ended.user_id
WHERE $2::text IS NOT NULL AND (f.user_id IS NULL OR ended.verified_at >= f.confirmed_at)
