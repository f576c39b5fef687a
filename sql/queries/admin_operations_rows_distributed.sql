-- Does what admin_operations_rows.sql does where the wallets are on several nodes: the rows are read on those that have one of them, what
-- others' rows tell of them on all, and what is on none is joined afterwards. Served by operations_pkey, adjustments_pkey,
-- approvals_adjustment_key, wallets_pkey and users_pkey.
WITH found AS MATERIALIZED (
    SELECT o.*, asked.place, w.user_id
    FROM unnest($1::uuid[], $2::bigint[]) WITH ORDINALITY AS asked (wallet_id, seq, place)
    JOIN operations o ON o.wallet_id = asked.wallet_id AND o.seq = asked.seq
    LEFT JOIN wallets w ON w.id = o.wallet_id
    WHERE o.wallet_id = ANY ($1)
), sent AS MATERIALIZED (
    SELECT found.place, o.wallet_id, o.kind, o.amount, o.idempotency_key, o.reason, o.actor
    FROM found
    JOIN operations o ON o.wallet_id = found.other_wallet AND o.seq = found.other_seq
    WHERE found.transfer_id IS NOT NULL AND found.idempotency_key IS NULL
), by_staff AS MATERIALIZED (
    -- What may be an adjustment, and its key.
    SELECT
        found.place, coalesce(sent.wallet_id, found.wallet_id) AS wallet_id,
        coalesce(sent.idempotency_key, found.idempotency_key) AS idempotency_key,
        coalesce(sent.kind, found.kind) AS kind, coalesce(sent.amount, found.amount) AS amount
    FROM found
    LEFT JOIN sent ON sent.place = found.place
    WHERE coalesce(sent.idempotency_key, found.idempotency_key) IS NOT NULL
), adjusted AS MATERIALIZED (
    SELECT asked.place, a.reason, 'staff:' || a.staff_id AS actor, a.wallet_id, a.idempotency_key
    FROM by_staff asked
    JOIN adjustments a
        ON a.wallet_id = asked.wallet_id
        AND a.idempotency_key = asked.idempotency_key COLLATE "C"
        AND a.kind = asked.kind AND a.amount = asked.amount
)
SELECT
    o.wallet_id, owner.id AS owner_id, owner.username AS owner_name,
    o.seq, o.kind, o.amount, o.balance_after, o.held_after, o.created_at, o.idempotency_key, o.reference,
    o.transfer_id, o.other_wallet, o.other_seq, o.hold_seq, o.expires_at, o.reverses_seq, o.rules::text AS rules,
    NULL::bigint[] AS reversed_by, NULL::numeric AS reversed,
    (SELECT balance_sign FROM operation_kinds k WHERE k.kind = o.kind COLLATE "C") AS balance_sign,
    coalesce(a.reason, o.reason, sent.reason) AS reason, who.actor, named.username, a.actor IS NOT NULL AS is_adjustment,
    approved.decided_by AS approver_id, approved.username AS approver
FROM found o
-- With limits, so that no plan joins all users.
LEFT JOIN LATERAL (SELECT id, username FROM users WHERE users.id = o.user_id LIMIT 1) owner ON true
LEFT JOIN sent ON sent.place = o.place
LEFT JOIN adjusted a ON a.place = o.place
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
ORDER BY o.place
