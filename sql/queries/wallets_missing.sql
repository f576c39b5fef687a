-- Which of these wallets do not exist. Served by wallets_pkey.
SELECT given.id
FROM unnest($1::uuid[]) AS given (id)
-- A scalar subquery, so that no plan joins all wallets.
WHERE (SELECT w.id FROM wallets w WHERE w.id = given.id LIMIT 1) IS NULL
