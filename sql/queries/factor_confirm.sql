-- Puts secret $3, which waits in the session of token $1, in force, as a code of step $4 was typed. The session gets token $2 and is
-- verified; the user's others end; $5 are the digests of recovery codes. No row: the secret does not wait there any more, or
-- another session was faster. Served by admin_sessions_pkey, staff_factors_pkey, staff_recovery_codes_pkey, admin_sessions_user_id_idx.
WITH waiting AS (
    SELECT user_id FROM admin_sessions WHERE token_hash = $1 AND pending_secret = $3 AND pending_until > now() FOR UPDATE
), confirmed AS (
    INSERT INTO staff_factors (user_id, secret, last_step)
    SELECT user_id, $3, $4 FROM waiting
    ON CONFLICT (user_id) DO NOTHING
    RETURNING user_id
), coded AS (
    INSERT INTO staff_recovery_codes (user_id, digest)
    SELECT confirmed.user_id, code.digest FROM confirmed CROSS JOIN unnest($5::bytea[]) AS code (digest)
), ended AS (
    DELETE FROM admin_sessions WHERE user_id IN (SELECT user_id FROM confirmed) AND token_hash <> $1
), verified AS (
    UPDATE admin_sessions
    SET token_hash = $2, verified_at = now(), pending_secret = NULL, pending_until = NULL
    WHERE token_hash = $1 AND user_id IN (SELECT user_id FROM confirmed)
)
SELECT user_id FROM confirmed
