-- Proposes the adjustment of staff member $3, whose row is locked, with the balance as it is; no row if $4 of theirs wait already.
-- Served by wallets_pkey and approvals_waiting_idx, of which only what has not expired is read.
INSERT INTO approvals (wallet_id, idempotency_key, staff_id, balance, proposed_at, expires_at)
SELECT id, $2, $3, balance, now(), now() + interval '7 days'
FROM wallets
WHERE id = $1
    AND (
        SELECT count(*) FROM approvals WHERE state = 'waiting' AND expires_at > now() AND staff_id = $3
    ) < $4
RETURNING id
