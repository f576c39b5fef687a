-- Does what admin_approvals.sql does where the wallets are on several nodes: what is proposed is read on all of them. Served by
-- approvals_pkey, adjustments_pkey, users_pkey and operations_idempotency_key.
WITH p AS MATERIALIZED (
    SELECT * FROM approvals WHERE id = ANY ($1)
), a AS MATERIALIZED (
    SELECT p.id, a.kind, a.amount, a.other_wallet, a.reason
    FROM p
    JOIN adjustments a ON a.wallet_id = p.wallet_id AND a.idempotency_key = p.idempotency_key COLLATE "C"
), done AS MATERIALIZED (
    SELECT p.id, o.seq, o.kind, o.amount
    FROM p
    JOIN operations o ON o.wallet_id = p.wallet_id AND o.idempotency_key = p.idempotency_key COLLATE "C"
)
SELECT
    p.id, p.wallet_id, p.idempotency_key, p.staff_id, p.balance, p.proposed_at, p.expires_at, p.state, p.decided_by, p.decided_at,
    p.decision, p.expires_at <= now() AS is_expired, a.kind, a.amount, a.other_wallet, a.reason,
    proposer.username AS staff,
    coalesce(proposer.is_staff AND proposer.is_active AND proposer.role <> 'viewer', false) AS may_propose,
    decider.username AS decider, done.seq
FROM p
JOIN a ON a.id = p.id
LEFT JOIN users proposer ON proposer.id = p.staff_id
LEFT JOIN users decider ON decider.id = p.decided_by
LEFT JOIN done ON done.id = p.id AND done.kind = a.kind COLLATE "C" AND done.amount = a.amount
ORDER BY p.id DESC
