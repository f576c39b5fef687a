-- An empty wallet for each user of users.sql.
INSERT INTO wallets (id, user_id)
SELECT ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, n + 1
FROM generate_series(0, $1::bigint - 1) AS n
