-- Wallets as last committed. Served by wallets_pkey.
SELECT id, user_id, balance, version
FROM wallets
WHERE id = ANY ($1::uuid[])
