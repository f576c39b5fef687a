-- As users_username_key_swap.sql. Logical replication knows the rows by the index from now on.
ALTER TABLE corrections DROP CONSTRAINT corrections_pkey;
ALTER INDEX corrections_pkey_bytes RENAME TO corrections_pkey;
ALTER TABLE corrections REPLICA IDENTITY USING INDEX corrections_pkey;
