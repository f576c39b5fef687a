-- Of a commit over several nodes: the operations that the ledgers of the wallets $1 hold under the keys $2. Served by
-- operations_idempotency_key.
SELECT wallet_id, NULL::timestamptz AS at, idempotency_key, seq, request_hash, balance_after, transfer_id
FROM operations
WHERE wallet_id = ANY ($1::uuid[]) AND idempotency_key COLLATE "C" = ANY ($2::text[])
