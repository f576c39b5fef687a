-- As many users as wallets, numbered from 0: wallet n belongs to user n + 1.
INSERT INTO users (id, username, email, password_hash, wallet_id)
OVERRIDING SYSTEM VALUE
SELECT
    n + 1,
    'user' || n,
    'user' || n || '@example.com',
    'none',
    ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid
FROM generate_series(0, $1::bigint - 1) AS n
