-- As many users as wallets, numbered from 0: in an empty table wallet n belongs to user n + 1, by the table's own sequence.
INSERT INTO users (username, email, password_hash, wallet_id)
SELECT
    'user' || n,
    'user' || n || '@example.com',
    'none',
    ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid
FROM generate_series(0, $1::bigint - 1) AS n
ORDER BY n
