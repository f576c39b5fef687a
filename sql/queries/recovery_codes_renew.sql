-- Replaces the recovery codes of user $1 by those of the digests $5, by a code, as factor_verify.sql takes one. $6 is the address, for the
-- journal. No row: the code was used. Served by staff_factors_pkey, staff_recovery_codes_pkey, users_pkey.
WITH stepped AS (
    UPDATE staff_factors SET last_step = $3 WHERE user_id = $1 AND secret = $2 AND last_step < $3 RETURNING user_id
), recovered AS (
    UPDATE staff_recovery_codes SET used_at = now()
    WHERE user_id = $1 AND digest = $4 AND used_at IS NULL
    RETURNING user_id
), accepted AS (
    SELECT user_id FROM stepped UNION ALL SELECT user_id FROM recovered
), dropped AS (
    -- Not the one of the form, which this statement marks as used.
    DELETE FROM staff_recovery_codes WHERE user_id IN (SELECT user_id FROM accepted) AND digest IS DISTINCT FROM $4
), made AS (
    INSERT INTO staff_recovery_codes (user_id, digest)
    SELECT accepted.user_id, code.digest FROM accepted CROSS JOIN unnest($5::bytea[]) AS code (digest)
)
SELECT accepted.user_id, (
    SELECT staff_journal_write(u.id, u.username, $6, 'recovery_code_used', 'user', u.id::text, NULL, '{}')
    FROM users u JOIN recovered r ON r.user_id = u.id
) AS entry
FROM accepted
