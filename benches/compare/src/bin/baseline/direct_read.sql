-- Whose a wallet is and what it holds. Served by wallets_pkey.
SELECT user_id, balance FROM wallets WHERE id = $1
