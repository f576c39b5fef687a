-- Which of these wallets exist. Served by wallets_pkey.
SELECT id FROM wallets WHERE id = ANY ($1::uuid[])
