-- Removes the second factor of a user who cannot give a code, and ends all their sessions. No row: they have none. Served by
-- staff_factors_pkey, staff_recovery_codes_pkey, admin_sessions_user_id_idx.
WITH removed AS (
    DELETE FROM staff_factors WHERE user_id = $1 RETURNING user_id
), ended AS (
    DELETE FROM admin_sessions WHERE user_id IN (SELECT user_id FROM removed)
)
SELECT user_id FROM removed
