-- A user with the committed balance of their wallet. Served by users_pkey, wallets_pkey.
SELECT u.id, u.username, u.email, u.is_active, u.is_staff, u.role, u.created_at, u.wallet_id, w.balance
FROM users u
LEFT JOIN wallets w ON w.id = u.wallet_id
WHERE u.id = $1
