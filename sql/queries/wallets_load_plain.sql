-- As wallets_load.sql, without open holds, which are queried for the wallets that have some: a plan for them would cost the others
-- a third of this. Served by wallets_pkey.
SELECT w.id, w.user_id, w.balance, w.version, w.held, w.rules::text AS rules, w.spent_day, w.spent
FROM wallets w
WHERE w.id = ANY ($1::uuid[])
