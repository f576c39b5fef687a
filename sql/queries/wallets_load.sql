-- Wallets as last committed, with their rules and open holds. Served by wallets_pkey and, where something is held, holds_pkey.
SELECT
    w.id, w.user_id, w.balance, w.version, w.held, w.rules::text AS rules, w.spent_day, w.spent,
    h.seqs, h.amounts, h.remainings, h.expiries, h.references, h.times
FROM wallets w
CROSS JOIN LATERAL (
    SELECT
        array_agg(seq) AS seqs,
        array_agg(amount) AS amounts,
        array_agg(remaining) AS remainings,
        array_agg(expires_at) AS expiries,
        array_agg(reference) AS "references",
        array_agg(created_at) AS times
    FROM holds o
    WHERE w.held > 0 AND o.wallet_id = w.id
) h
WHERE w.id = ANY ($1::uuid[])
