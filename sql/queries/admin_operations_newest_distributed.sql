-- Does what admin_operations_newest.sql does where the wallets are on several nodes: all of them are read. Served by operations_feed,
-- backwards, and for the rows of a run before its last one by operations_pkey.
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
), earlier AS MATERIALIZED (
    SELECT r.feed_position, o.wallet_id, o.seq, o.kind, o.amount, o.idempotency_key, o.reference, o.created_at
    FROM reached r
    JOIN operations o ON o.wallet_id = r.wallet_id AND o.seq > r.seq - r.feed_run AND o.seq < least(r.seq, r.below)
    WHERE r.feed_run > 1
), matching AS MATERIALIZED (
    SELECT o.feed_position, o.wallet_id, o.seq
    FROM (
        SELECT feed_position, wallet_id, seq, kind, amount, idempotency_key, reference, created_at FROM reached WHERE below IS NULL
        UNION ALL
        SELECT * FROM earlier
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
