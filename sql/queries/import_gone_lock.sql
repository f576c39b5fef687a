-- Locks the wallet of user $1, whom an import brought: the engine writes nothing into it meanwhile. Served by users_pkey, wallets_pkey.
SELECT w.id
FROM users u
JOIN wallets w ON w.id = u.wallet_id
WHERE u.id = $1 AND u.imported_at IS NOT NULL
FOR UPDATE OF w
