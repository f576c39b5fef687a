-- Of a commit over several nodes: the holds that the rows of wallet $1 leave open, with the time $2. No index serves it.
INSERT INTO holds (wallet_id, seq, amount, remaining, expires_at, reference, created_at)
SELECT $1::uuid, h.seq, h.amount, h.remaining, h.expires_at, h.reference, $2::timestamptz
FROM unnest($3::bigint[], $4::numeric[], $5::numeric[], $6::timestamptz[], $7::text[])
    AS h (seq, amount, remaining, expires_at, reference)
