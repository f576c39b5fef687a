-- Removes the second factor of user $2 by a code, as factor_verify.sql takes one, and ends their sessions but that of token $1. $6 is the
-- address, for the journal. No row: the code was used. Served by staff_factors_pkey, staff_recovery_codes_pkey, users_pkey,
-- admin_sessions_user_id_idx.
WITH recovered AS (
    UPDATE staff_recovery_codes SET used_at = now()
    WHERE user_id = $2 AND digest = $5 AND used_at IS NULL
    RETURNING user_id
), removed AS (
    DELETE FROM staff_factors
    WHERE user_id = $2 AND (secret = $3 AND last_step < $4 OR user_id IN (SELECT user_id FROM recovered))
    RETURNING user_id
), ended AS (
    DELETE FROM admin_sessions WHERE user_id IN (SELECT user_id FROM removed) AND token_hash <> $1
)
SELECT removed.user_id, (
    SELECT staff_journal_write(u.id, u.username, $6, 'recovery_code_used', 'user', u.id::text, NULL, '{}')
    FROM users u JOIN recovered r ON r.user_id = u.id
) AS entry
FROM removed
