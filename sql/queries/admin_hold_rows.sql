-- The rows of a hold, oldest first, with who made them and why. Served by operations_hold and users_pkey.
SELECT o.seq, o.kind, o.amount, o.created_at, o.reason, o.actor, named.username, false AS is_adjustment,
    NULL::bigint AS approver_id, NULL::text AS approver
FROM (
    SELECT *
    FROM operations
    WHERE wallet_id = $1 AND hold_seq = $2
    ORDER BY seq
    LIMIT $3
) o
-- With a limit, so that no plan joins all users.
LEFT JOIN LATERAL (
    SELECT username FROM users WHERE users.id = substring(o.actor FROM '^(?:staff|user):([0-9]{1,18})$')::bigint LIMIT 1
) named ON true
ORDER BY o.seq
