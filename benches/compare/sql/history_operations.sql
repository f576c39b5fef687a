-- A history of $3 deposits of $4 cents for each wallet from number $1 to number $2.
INSERT INTO operations (wallet_id, seq, id, kind, amount, balance_after)
SELECT
    ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
    seq, gen_random_uuid(), 'DEPOSIT', $4::bigint * 0.01, seq * $4::bigint * 0.01
FROM generate_series($1::bigint, $2::bigint) AS n, generate_series(1, $3::bigint) AS seq
