-- One read of a search in the ledger of wallet $1, newest first: at most $4 operations below the seq $2 and above $3; how many of them
-- match, and the first $10 that do. One row. Served by operations_pkey, backwards, or with a key by operations_idempotency_key.
--
-- A match is of the kind $5, has an amount from $6 to $7, the key $8, $9 as a part of its reference, and the counterpart wallet
-- $11; NULL: any. Times are seqs here, as those of a wallet never decrease (statement_bounds.sql).
WITH reached AS MATERIALIZED (
    (
        SELECT seq, kind, amount, idempotency_key, reference, other_wallet, created_at
        FROM operations
        WHERE $8::text IS NULL AND wallet_id = $1::uuid AND seq < $2::bigint AND seq > $3::bigint
        ORDER BY seq DESC
        LIMIT $4::bigint
    )
    UNION ALL
    (
        SELECT seq, kind, amount, idempotency_key, reference, other_wallet, created_at
        FROM operations
        WHERE wallet_id = $1 AND idempotency_key = $8 COLLATE "C" AND seq < $2 AND seq > $3
        LIMIT 1
    )
), matching AS MATERIALIZED (
    SELECT seq
    FROM reached
    WHERE ($5::text IS NULL OR kind = $5)
        AND ($6::numeric IS NULL OR amount >= $6)
        AND ($7::numeric IS NULL OR amount <= $7)
        AND ($9::text IS NULL OR strpos(lower(reference), lower($9)) > 0)
        AND ($11::uuid IS NULL OR other_wallet = $11)
)
SELECT
    (SELECT count(*) FROM matching) AS matches,
    (SELECT count(*) FROM reached) < $4 AS is_last,
    0::bigint AS position, $1 AS wallet, last.seq, last.created_at AS at,
    first.positions, first.seqs AS places, first.wallets, first.seqs
FROM (
    SELECT
        coalesce(array_agg(0::bigint), '{}') AS positions,
        coalesce(array_agg($1), '{}') AS wallets,
        coalesce(array_agg(seq ORDER BY seq DESC), '{}') AS seqs
    FROM (SELECT * FROM matching ORDER BY seq DESC LIMIT $10::bigint) m
) first
LEFT JOIN LATERAL (SELECT seq, created_at FROM reached ORDER BY seq LIMIT 1) last ON true
