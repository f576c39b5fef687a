-- Proposals by their numbers, newest first, with what is proposed and what became of it. Served by approvals_pkey, adjustments_pkey,
-- users_pkey and operations_idempotency_key.
SELECT
    p.id, p.wallet_id, p.idempotency_key, p.staff_id, p.balance, p.proposed_at, p.expires_at, p.state, p.decided_by, p.decided_at,
    p.decision, p.expires_at <= now() AS is_expired, a.kind, a.amount, a.other_wallet, a.reason,
    proposer.username AS staff,
    coalesce(proposer.is_staff AND proposer.is_active AND proposer.role <> 'viewer', false) AS may_propose,
    decider.username AS decider, done.seq
FROM approvals p
JOIN adjustments a ON a.wallet_id = p.wallet_id AND a.idempotency_key = p.idempotency_key COLLATE "C"
LEFT JOIN users proposer ON proposer.id = p.staff_id
LEFT JOIN users decider ON decider.id = p.decided_by
-- With a limit, so that no plan joins the whole ledger.
LEFT JOIN LATERAL (
    SELECT seq
    FROM operations o
    WHERE o.wallet_id = p.wallet_id AND o.idempotency_key = p.idempotency_key COLLATE "C"
        AND o.kind = a.kind COLLATE "C" AND o.amount = a.amount
    LIMIT 1
) done ON true
WHERE p.id = ANY ($1)
ORDER BY p.id DESC
