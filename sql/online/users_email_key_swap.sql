-- As users_username_key_swap.sql.
ALTER TABLE users DROP CONSTRAINT users_email_key;
ALTER INDEX users_email_key_bytes RENAME TO users_email_key;
