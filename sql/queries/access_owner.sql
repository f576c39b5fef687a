-- What a sign-in compares of the user of this number. Served by users_pkey.
SELECT id, username, password_hash, is_active, is_staff, wallet_id FROM users WHERE id = $1
