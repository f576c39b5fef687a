-- Does what staff_journal_carried_out.sql does where the wallets are on several nodes: it is read on those that have one of them. Served
-- by operations_idempotency_key.
SELECT asked.number, o.seq
FROM unnest($1::bigint[], $2::uuid[], $3::text[]) AS asked (number, wallet_id, idempotency_key)
JOIN operations o ON o.wallet_id = asked.wallet_id AND o.idempotency_key = asked.idempotency_key COLLATE "C"
WHERE o.wallet_id = ANY ($2)
