-- Stores a secret that the session of token $1 was shown, in place of an earlier one; it waits $3 seconds for its code. No row: the user
-- has a second factor, or there is no such session. Served by admin_sessions_pkey, staff_factors_pkey.
UPDATE admin_sessions s
SET pending_secret = $2, pending_until = now() + make_interval(secs => $3)
WHERE s.token_hash = $1 AND NOT EXISTS (SELECT FROM staff_factors f WHERE f.user_id = s.user_id)
RETURNING s.id
