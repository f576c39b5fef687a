-- The role of a member of staff who may sign in, until the end of the transaction: neither it nor what they reserved changes
-- meanwhile. Served by users_pkey.
SELECT coalesce(role, 'viewer') AS role FROM users WHERE id = $1 AND is_staff AND is_active FOR NO KEY UPDATE
