-- One read of a search over all wallets, newest first: at most about $5 operations below the position $1, wallet $2 and seq $3, and above
-- the position $4; how many of them match, and the first $13 that do. One row. Served by operations_feed, backwards, and for the
-- rows of a run before its last one by operations_pkey.
--
-- A match is of the kind $6, has an amount from $7 to $8, the key $9, and $10 as a part of its reference, and was made from $11 to
-- before $12; NULL: any. No index has these: each would cost every operation. So the search is bounded by what it reads.
WITH ends AS MATERIALIZED (
    (
        -- The rest of the run in which the read before this one ended.
        SELECT feed_position, wallet_id, seq, feed_run, kind, amount, idempotency_key, reference, created_at, $3::bigint AS below
        FROM operations
        WHERE feed_position = $1::bigint AND wallet_id = $2::uuid AND seq >= $3
        ORDER BY seq
        LIMIT 1
    )
    UNION ALL
    (
        SELECT feed_position, wallet_id, seq, feed_run, kind, amount, idempotency_key, reference, created_at, NULL
        FROM operations
        WHERE feed_position IS NOT NULL AND (feed_position, wallet_id, seq) < ($1, $2, $3) AND feed_position > $4::bigint
        ORDER BY feed_position DESC, wallet_id DESC, seq DESC
        LIMIT $5::bigint
    )
), runs AS MATERIALIZED (
    SELECT ends.*, sum(feed_run) OVER (ORDER BY feed_position DESC, wallet_id DESC, seq DESC) - feed_run AS before FROM ends
), reached AS MATERIALIZED (
    SELECT * FROM runs WHERE before < $5
), matching AS MATERIALIZED (
    SELECT r.feed_position, r.wallet_id, o.seq
    FROM reached r
    CROSS JOIN LATERAL (
        SELECT r.seq, r.kind, r.amount, r.idempotency_key, r.reference, r.created_at WHERE r.below IS NULL
        UNION ALL
        (
            SELECT seq, kind, amount, idempotency_key, reference, created_at
            FROM operations
            WHERE r.feed_run > 1
                AND operations.wallet_id = r.wallet_id
                AND operations.seq > r.seq - r.feed_run
                AND operations.seq < least(r.seq, r.below)
            -- So that no plan joins the whole ledger.
            LIMIT r.feed_run
        )
    ) o
    WHERE ($6::text IS NULL OR o.kind = $6)
        AND ($7::numeric IS NULL OR o.amount >= $7)
        AND ($8::numeric IS NULL OR o.amount <= $8)
        AND ($9::text IS NULL OR o.idempotency_key = $9 COLLATE "C")
        AND ($10::text IS NULL OR strpos(lower(o.reference), lower($10)) > 0)
        AND ($11::timestamptz IS NULL OR o.created_at >= $11)
        AND ($12::timestamptz IS NULL OR o.created_at < $12)
)
SELECT
    (SELECT count(*) FROM matching) AS matches,
    (SELECT count(*) FROM ends WHERE below IS NULL) < $5 AND (SELECT count(*) FROM ends) = (SELECT count(*) FROM reached) AS is_last,
    last.feed_position AS position, last.wallet_id AS wallet, last.seq - last.feed_run + 1 AS seq, last.created_at AS at,
    first.positions, first.places, first.wallets, first.seqs
FROM (
    SELECT
        coalesce(array_agg(feed_position ORDER BY feed_position DESC, wallet_id DESC, seq DESC), '{}') AS positions,
        coalesce(array_agg(seq ORDER BY feed_position DESC, wallet_id DESC, seq DESC), '{}') AS places,
        coalesce(array_agg(wallet_id ORDER BY feed_position DESC, wallet_id DESC, seq DESC), '{}') AS wallets,
        coalesce(array_agg(seq ORDER BY feed_position DESC, wallet_id DESC, seq DESC), '{}') AS seqs
    FROM (SELECT * FROM matching ORDER BY feed_position DESC, wallet_id DESC, seq DESC LIMIT $13::bigint) m
) first
LEFT JOIN LATERAL (SELECT * FROM reached ORDER BY feed_position, wallet_id, seq LIMIT 1) last ON true
