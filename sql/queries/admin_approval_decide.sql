-- Approves or declines ($3) a proposal that waits, by staff member $2: another one than proposed it, who may now; and approves it
-- only while its proposer may adjust. Their rows are locked, so that no change of a role comes in between. No row: nothing is
-- changed. Served by approvals_pkey and users_pkey.
WITH decides AS MATERIALIZED (
    SELECT id FROM users WHERE id = $2 AND is_staff AND is_active AND role IN ('supervisor', 'administrator') FOR SHARE
), proposed AS MATERIALIZED (
    SELECT u.id
    FROM users u
    WHERE u.id = (SELECT staff_id FROM approvals WHERE id = $1) AND u.is_staff AND u.is_active AND u.role <> 'viewer'
    FOR SHARE
)
UPDATE approvals a
SET state = $3, decided_by = decides.id, decided_at = clock_timestamp(), decision = $4
FROM decides
WHERE a.id = $1 AND a.state = 'waiting' AND a.expires_at > clock_timestamp() AND a.staff_id <> decides.id
    AND ($3 = 'declined' OR EXISTS (SELECT FROM proposed WHERE proposed.id = a.staff_id))
RETURNING a.id
