-- The operations with the seqs $2 of the wallets $1, in this order, each with the wallet's user and without reversals; otherwise as
-- admin_wallet_ledger.sql. Served by operations_pkey, adjustments_pkey, approvals_adjustment_key, wallets_pkey and users_pkey; operation_kinds is one page.
SELECT
    o.wallet_id, owner.id AS owner_id, owner.username AS owner_name,
    o.seq, o.kind, o.amount, o.balance_after, o.held_after, o.created_at, o.idempotency_key, o.reference,
    o.transfer_id, o.other_wallet, o.other_seq, o.hold_seq, o.expires_at, o.reverses_seq, o.rules::text AS rules,
    NULL::bigint[] AS reversed_by, NULL::numeric AS reversed,
    (SELECT balance_sign FROM operation_kinds k WHERE k.kind = o.kind COLLATE "C") AS balance_sign,
    coalesce(a.reason, o.reason, sent.reason) AS reason, who.actor, named.username, a.actor IS NOT NULL AS is_adjustment,
    approved.decided_by AS approver_id, approved.username AS approver
FROM unnest($1::uuid[], $2::bigint[]) WITH ORDINALITY AS found (wallet_id, seq, place)
-- With limits, so that no plan joins all operations, adjustments, wallets or users.
CROSS JOIN LATERAL (
    SELECT * FROM operations WHERE operations.wallet_id = found.wallet_id AND operations.seq = found.seq LIMIT 1
) o
LEFT JOIN LATERAL (SELECT user_id FROM wallets WHERE wallets.id = o.wallet_id LIMIT 1) w ON true
LEFT JOIN LATERAL (SELECT id, username FROM users WHERE users.id = w.user_id LIMIT 1) owner ON true
LEFT JOIN LATERAL (
    SELECT wallet_id, kind, amount, idempotency_key, reason, actor
    FROM operations
    WHERE o.transfer_id IS NOT NULL AND o.idempotency_key IS NULL AND wallet_id = o.other_wallet AND seq = o.other_seq
    LIMIT 1
) sent ON true
LEFT JOIN LATERAL (
    SELECT reason, 'staff:' || staff_id AS actor, wallet_id, idempotency_key
    FROM adjustments
    WHERE wallet_id = coalesce(sent.wallet_id, o.wallet_id)
        AND idempotency_key = coalesce(sent.idempotency_key, o.idempotency_key) COLLATE "C"
        AND kind = coalesce(sent.kind, o.kind) AND amount = coalesce(sent.amount, o.amount)
    LIMIT 1
) a ON true
LEFT JOIN LATERAL (
    SELECT decided_by, (SELECT username FROM users WHERE users.id = decided_by) AS username
    FROM approvals p
    WHERE p.wallet_id = a.wallet_id AND p.idempotency_key = a.idempotency_key COLLATE "C" AND p.state = 'approved'
    LIMIT 1
) approved ON true
CROSS JOIN LATERAL (SELECT coalesce(a.actor, o.actor, sent.actor) AS actor) who
LEFT JOIN LATERAL (
    SELECT username FROM users WHERE users.id = substring(who.actor FROM '^(?:staff|user):([0-9]{1,18})$')::bigint LIMIT 1
) named ON true
ORDER BY found.place
