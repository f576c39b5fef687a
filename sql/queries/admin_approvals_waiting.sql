-- The proposals that wait, those that expire first before the others. Served by approvals_waiting_idx.
SELECT id FROM approvals WHERE state = 'waiting' AND expires_at > now() ORDER BY expires_at LIMIT $1
