CREATE UNIQUE INDEX CONCURRENTLY users_username_key_bytes ON users (username COLLATE "C")
