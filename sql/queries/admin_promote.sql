-- Makes a user staff, with this password if one is given. Served by users_username_key.
UPDATE users
SET is_staff = true, is_active = true, password_hash = coalesce($2, password_hash)
WHERE username = $1
RETURNING id
