-- The operations of a wallet below a seq, newest first, with their adjustments. Served by operations_pkey, adjustments_pkey
-- and users_pkey; operation_kinds is one page.
--
-- An adjustment has the key of its operation, and the same kind and amount. Of a transfer by staff, that is the sender's row,
-- which the receiver's names.
SELECT
    o.seq, o.kind, o.amount, o.balance_after, o.created_at, o.idempotency_key, o.reference,
    o.transfer_id, o.other_wallet, o.other_seq,
    (SELECT balance_sign FROM operation_kinds k WHERE k.kind = o.kind COLLATE "C") AS balance_sign,
    a.reason, a.staff_id, s.username AS staff
FROM (
    SELECT *
    FROM operations
    WHERE wallet_id = $1 AND seq < $2
    ORDER BY seq DESC
    LIMIT $3
) o
-- With limits, so that no plan joins all operations, adjustments or users.
LEFT JOIN LATERAL (
    SELECT wallet_id, kind, amount, idempotency_key
    FROM operations
    WHERE o.transfer_id IS NOT NULL AND o.idempotency_key IS NULL AND wallet_id = o.other_wallet AND seq = o.other_seq
    LIMIT 1
) sent ON true
LEFT JOIN LATERAL (
    SELECT reason, staff_id
    FROM adjustments
    WHERE wallet_id = coalesce(sent.wallet_id, $1)
        AND idempotency_key = coalesce(sent.idempotency_key, o.idempotency_key) COLLATE "C"
        AND kind = coalesce(sent.kind, o.kind) AND amount = coalesce(sent.amount, o.amount)
    LIMIT 1
) a ON true
LEFT JOIN LATERAL (SELECT username FROM users WHERE users.id = a.staff_id LIMIT 1) s ON true
ORDER BY o.seq DESC
