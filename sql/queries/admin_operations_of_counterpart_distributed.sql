-- Does what admin_operations_of_counterpart.sql does where the wallets are on several nodes: the ledger of wallet $1 is read on one of
-- them, the other wallets' rows on all. Served by operations_pkey.
WITH reached AS MATERIALIZED (
    SELECT seq, other_wallet, other_seq, created_at
    FROM operations
    WHERE wallet_id = $1::uuid AND seq < $2::bigint AND seq > $3::bigint
    ORDER BY seq DESC
    LIMIT $4::bigint
), matching AS MATERIALIZED (
    SELECT r.seq AS place, o.wallet_id, o.seq
    FROM reached r
    JOIN operations o ON o.wallet_id = r.other_wallet AND o.seq = r.other_seq
    WHERE ($5::text IS NULL OR o.kind = $5)
        AND ($6::numeric IS NULL OR o.amount >= $6)
        AND ($7::numeric IS NULL OR o.amount <= $7)
        AND ($8::text IS NULL OR o.idempotency_key = $8 COLLATE "C")
        AND ($9::text IS NULL OR strpos(lower(o.reference), lower($9)) > 0)
)
SELECT
    (SELECT count(*) FROM matching) AS matches,
    (SELECT count(*) FROM reached) < $4 AS is_last,
    0::bigint AS position, $1 AS wallet, last.seq, last.created_at AS at,
    first.positions, first.places, first.wallets, first.seqs
FROM (
    SELECT
        coalesce(array_agg(0::bigint), '{}') AS positions,
        coalesce(array_agg(place ORDER BY place DESC), '{}') AS places,
        coalesce(array_agg(wallet_id ORDER BY place DESC), '{}') AS wallets,
        coalesce(array_agg(seq ORDER BY place DESC), '{}') AS seqs
    FROM (SELECT * FROM matching ORDER BY place DESC LIMIT $10::bigint) m
) first
LEFT JOIN LATERAL (SELECT seq, created_at FROM reached ORDER BY seq LIMIT 1) last ON true
