-- A history of $2 deposits of a cent for each wallet from number 1 to number $1.
INSERT INTO operations (wallet_id, seq, id, kind, amount, balance_after)
SELECT
    ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
    seq, gen_random_uuid(), 'DEPOSIT', 0.01, seq * 0.01
FROM generate_series(1, $1::bigint) AS n, generate_series(1, $2::bigint) AS seq
