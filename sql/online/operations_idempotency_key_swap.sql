-- Neither name locks the table.
ALTER INDEX operations_idempotency_key RENAME TO operations_idempotency_key_old;
ALTER INDEX operations_idempotency_key_bytes RENAME TO operations_idempotency_key;
