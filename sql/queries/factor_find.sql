-- The second factor of a user, how many recovery codes are unused, and the database's time. Served by staff_factors_pkey,
-- staff_recovery_codes_pkey.
SELECT
    f.secret, f.confirmed_at, extract(epoch FROM clock_timestamp())::bigint AS now_s,
    (SELECT count(*) FROM staff_recovery_codes c WHERE c.user_id = f.user_id AND c.used_at IS NULL) AS codes_left
FROM staff_factors f
WHERE f.user_id = $1
