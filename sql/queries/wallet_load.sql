-- One wallet as last committed. Served by wallets_pkey.
SELECT user_id, balance, version
FROM wallets
WHERE id = $1
