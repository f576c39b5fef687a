-- The changes of a wallet's rules below a seq, newest first, each with the rules before it. Served by operations_rules and
-- users_pkey.
WITH changes AS MATERIALIZED (
    SELECT o.seq, o.kind, o.created_at, o.rules::text AS rules, earlier.rules::text AS rules_before, o.reason, o.actor
    FROM (
        SELECT *
        FROM operations
        WHERE wallet_id = $1 AND seq < $2 AND rules IS NOT NULL
        ORDER BY seq DESC
        LIMIT $3
    ) o
    LEFT JOIN LATERAL (
        SELECT rules
        FROM operations
        WHERE wallet_id = $1 AND seq < o.seq AND rules IS NOT NULL
        ORDER BY seq DESC
        LIMIT 1
    ) earlier ON true
)
SELECT o.*, named.username, false AS is_adjustment, NULL::bigint AS approver_id, NULL::text AS approver
FROM changes o
-- With a limit, so that no plan joins all users.
LEFT JOIN LATERAL (
    SELECT username FROM users WHERE users.id = substring(o.actor FROM '^(?:staff|user):([0-9]{1,18})$')::bigint LIMIT 1
) named ON true
ORDER BY o.seq DESC
