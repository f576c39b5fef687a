-- Operations of a wallet below a seq, newest first, with the corrections that some of them are. Served by
-- operations_pkey, corrections_pkey and users_pkey; operation_kinds is a page.
--
-- A key alone makes no correction: what was asked for must be what happened.
SELECT
    o.seq, o.kind, o.amount, o.balance_after, o.created_at, o.idempotency_key,
    (SELECT balance_sign FROM operation_kinds k WHERE k.kind = o.kind COLLATE "C") AS balance_sign,
    c.reason, c.staff_id, s.username AS staff
FROM (
    SELECT *
    FROM operations
    WHERE wallet_id = $1 AND seq < $2
    ORDER BY seq DESC
    LIMIT $3
) o
-- With limits, so that no plan reads all corrections or users for a join.
LEFT JOIN LATERAL (
    SELECT reason, staff_id
    FROM corrections
    WHERE wallet_id = $1 AND idempotency_key = o.idempotency_key COLLATE "C" AND kind = o.kind AND amount = o.amount
    LIMIT 1
) c ON true
LEFT JOIN LATERAL (SELECT username FROM users WHERE users.id = c.staff_id LIMIT 1) s ON true
ORDER BY o.seq DESC
