-- An index in another order than its column's cannot be a constraint; it refuses under its own name just so.
ALTER TABLE users DROP CONSTRAINT users_username_key;
ALTER INDEX users_username_key_bytes RENAME TO users_username_key;
