-- A user. Served by users_pkey.
SELECT id, username, email, is_active, is_staff, role, created_at, wallet_id
FROM users
WHERE id = $1
