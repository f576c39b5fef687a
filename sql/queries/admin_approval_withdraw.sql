-- Withdraws a proposal that waits, by who made it. No row: nothing is changed. Served by approvals_pkey.
UPDATE approvals
SET state = 'withdrawn', decided_by = $2, decided_at = clock_timestamp()
WHERE id = $1 AND state = 'waiting' AND expires_at > clock_timestamp() AND staff_id = $2
RETURNING id
