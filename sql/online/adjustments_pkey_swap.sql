-- As users_username_key_swap.sql. Logical replication knows the rows by the index from now on.
ALTER TABLE adjustments DROP CONSTRAINT adjustments_pkey;
ALTER INDEX adjustments_pkey_bytes RENAME TO adjustments_pkey;
ALTER TABLE adjustments REPLICA IDENTITY USING INDEX adjustments_pkey;
