-- Wallets as last committed, with their rules and open holds. Served by wallets_pkey and, where something is held, holds_pkey.
--
-- The query of holds is made for the wallets that have some: joined, it would be half of what the others cost.
SELECT
    w.id, w.user_id, w.balance, w.version, w.held, w.rules::text AS rules, w.spent_day, w.spent,
    CASE WHEN w.held > 0 THEN ARRAY(
        SELECT ROW(o.seq, o.amount, o.remaining, o.expires_at, o.reference, o.created_at)
        FROM holds o
        WHERE o.wallet_id = w.id
    ) END AS open_holds
FROM wallets w
WHERE w.id = ANY ($1::uuid[])
