-- A wallet as committed, with its user. Served by wallets_pkey and users_pkey.
SELECT w.id, w.balance, w.version, w.created_at, w.updated_at, w.user_id, u.username, u.email
FROM wallets w
LEFT JOIN users u ON u.id = w.user_id
WHERE w.id = $1
