-- Opens the session of token $1 of user $2, under the new token $3, by a code: of step $5 of secret $4, if it is later than the last
-- one, or the recovery code $6, if it is unused. The row's lock decides between two at once. $7 is the address, for the journal of a recovery code. No row:
-- the code was used, or the session is over. Served by admin_sessions_pkey, staff_factors_pkey, staff_recovery_codes_pkey, users_pkey.
WITH stepped AS (
    UPDATE staff_factors SET last_step = $5 WHERE user_id = $2 AND secret = $4 AND last_step < $5 RETURNING user_id
), recovered AS (
    UPDATE staff_recovery_codes SET used_at = now()
    WHERE user_id = $2 AND digest = $6 AND used_at IS NULL
    RETURNING user_id
), opened AS (
    UPDATE admin_sessions
    SET token_hash = $3, verified_at = now(), seen_at = now()
    WHERE token_hash = $1
        AND user_id = $2
        AND (user_id IN (SELECT user_id FROM stepped) OR user_id IN (SELECT user_id FROM recovered))
    RETURNING user_id
)
SELECT opened.user_id, (
    SELECT staff_journal_write(u.id, u.username, $7, 'recovery_code_used', 'user', u.id::text, NULL, '{}')
    FROM users u JOIN recovered r ON r.user_id = u.id
) AS entry
FROM opened
