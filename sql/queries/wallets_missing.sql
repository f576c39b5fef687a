-- Which of these wallets do not exist. Served by wallets_pkey.
SELECT given.id FROM unnest($1::uuid[]) AS given (id) WHERE NOT EXISTS (SELECT FROM wallets w WHERE w.id = given.id)
