-- The operations of a wallet within a range of seqs, oldest first, otherwise as admin_wallet_ledger.sql. Served by
-- operations_pkey, adjustments_pkey and users_pkey; operation_kinds is one page.
SELECT
    o.seq, o.kind, o.amount, o.balance_after, o.created_at, o.idempotency_key, o.other_wallet, o.transfer_id, o.reference,
    (SELECT balance_sign FROM operation_kinds k WHERE k.kind = o.kind COLLATE "C") AS balance_sign,
    a.reason, a.staff_id, s.username AS staff
FROM operations o
-- With limits, so that no plan joins all adjustments or users.
LEFT JOIN LATERAL (
    SELECT reason, staff_id
    FROM adjustments
    WHERE wallet_id = $1 AND idempotency_key = o.idempotency_key COLLATE "C" AND kind = o.kind AND amount = o.amount
    LIMIT 1
) a ON true
LEFT JOIN LATERAL (SELECT username FROM users WHERE users.id = a.staff_id LIMIT 1) s ON true
WHERE o.wallet_id = $1 AND o.seq BETWEEN $2 AND $3
ORDER BY o.seq
