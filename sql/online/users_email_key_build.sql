CREATE UNIQUE INDEX CONCURRENTLY users_email_key_bytes ON users (email COLLATE "C")
