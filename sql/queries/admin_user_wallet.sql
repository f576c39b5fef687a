-- The committed balance of a user's wallet. Served by wallets_pkey.
SELECT balance FROM wallets WHERE id = $1
