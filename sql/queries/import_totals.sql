-- How many users imports brought, and their wallets and balances. Reads all users.
SELECT count(*) AS users, count(w.id) AS wallets, coalesce(sum(w.balance), 0)::text AS balances
FROM users u
LEFT JOIN wallets w ON w.id = u.wallet_id
WHERE u.imported_at IS NOT NULL
