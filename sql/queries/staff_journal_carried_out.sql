-- The operations that entries of the journal asked for: of each entry, $1, the one in the ledger of wallet $2 under the key $3. Served by
-- operations_idempotency_key.
SELECT asked.number, done.seq
FROM unnest($1::bigint[], $2::uuid[], $3::text[]) AS asked (number, wallet_id, idempotency_key)
CROSS JOIN LATERAL (
    SELECT o.seq
    FROM operations o
    WHERE o.wallet_id = asked.wallet_id AND o.idempotency_key = asked.idempotency_key COLLATE "C"
    LIMIT 1
) done
