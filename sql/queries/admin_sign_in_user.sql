-- What a sign-in is compared with. Served by users_username_key.
SELECT id, password_hash, is_active AND is_staff AS admitted FROM users WHERE username = $1 COLLATE "C"
