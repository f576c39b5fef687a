-- Which of these operations the ledger holds, looked for where they would stand. Served by operations_pkey.
SELECT o.wallet_id
FROM unnest($1::uuid[], $2::bigint[], $3::uuid[]) AS sought (wallet_id, seq, id)
JOIN operations o ON o.wallet_id = sought.wallet_id AND o.seq = sought.seq AND o.id = sought.id
