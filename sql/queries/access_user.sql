-- What a sign-in compares of a user. Served by users_username_key.
SELECT id, username, password_hash, is_active, is_staff, wallet_id FROM users WHERE username = $1 COLLATE "C"
