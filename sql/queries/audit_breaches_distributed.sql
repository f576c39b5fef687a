-- Does what audit_breaches.sql does where the wallets are on several nodes, for what one node can tell: a wallet with its ledger and its
-- holds. Operations that are linked with those of other wallets, and users, are checked by audit_links_distributed.sql and
-- audit_owners_distributed.sql. Served by the same indexes.
--
-- $3 to $9 are the kinds that add to a balance, take from it, and do neither; that add to what is held, and take from it; of transfers;
-- and of reversals. Citus takes no subquery on their table in these places.
--
-- Each of s, h and r is one statement on each shard, so what it compares is of one snapshot, and no writer makes it report what is not.
-- Linked operations count as whole here.
WITH s AS MATERIALIZED (
    SELECT *
    FROM (
        SELECT
            coalesce(w.id, l.wallet_id) AS wallet_id,
            w.user_id, w.version, w.balance, w.held, w.rules,
            l.rows, l.last_seq, l.last_balance, l.gap_at, l.wrong_at, l.unknown_at, l.unknown, l.last_held, l.held_wrong_at,
            l.misplaced_at, l.last_rules, l.earlier_at, l.out_of_bounds_at, l.alone_at, l.future_at, l.future,
            coalesce(l.has_doubled_key, false) AS has_doubled_key,
            CASE WHEN w.balance BETWEEN 0 AND 9999999999.99 THEN w.balance ELSE 0 END - coalesce(l.accounted, 0) AS unaccounted
        FROM (SELECT id, user_id, balance, version, held, rules FROM wallets WHERE id BETWEEN $1 AND $2) w
        FULL JOIN (
            SELECT
                wallet_id,
                count(*) AS rows,
                max(seq) AS last_seq,
                (array_agg(balance_after ORDER BY seq DESC))[1] AS last_balance,
                min(seq) FILTER (WHERE seq_step <> 1) AS gap_at,
                min(seq) FILTER (WHERE balance_step <> delta) AS wrong_at,
                min(seq) FILTER (WHERE delta IS NULL) AS unknown_at,
                (array_agg(kind ORDER BY seq) FILTER (WHERE delta IS NULL))[1] AS unknown,
                sum(coalesce(held_after, 0) - coalesce(held_before, 0)) FILTER (WHERE held_after IS DISTINCT FROM held_before) AS last_held,
                min(seq) FILTER (
                    WHERE num_nonnulls(held_before, held_after, hold_seq) > 0
                        AND coalesce(held_after, 0) - coalesce(held_before, 0) <> held_delta
                ) AS held_wrong_at,
                min(seq) FILTER (WHERE is_misplaced AND delta IS NOT NULL) AS misplaced_at,
                (array_agg(rules ORDER BY seq DESC) FILTER (WHERE rules IS NOT NULL))[1] AS last_rules,
                min(seq) FILTER (WHERE is_earlier) AS earlier_at,
                min(seq) FILTER (WHERE is_out_of_bounds) AS out_of_bounds_at,
                min(seq) FILTER (WHERE is_alone) AS alone_at,
                min(seq) FILTER (WHERE is_future) AS future_at,
                min(created_at) FILTER (WHERE is_future) AS future,
                sum(delta) FILTER (WHERE NOT is_alone AND NOT is_out_of_bounds) AS accounted,
                count(idempotency_key) > count(DISTINCT idempotency_key COLLATE "C") AS has_doubled_key
            FROM (
                SELECT
                    wallet_id, seq, balance_after, idempotency_key, created_at,
                    seq - lag(seq, 1, 0::bigint) OVER ledger AS seq_step,
                    balance_after - lag(balance_after, 1, 0::numeric) OVER ledger AS balance_step,
                    created_at < lag(created_at) OVER ledger AS is_earlier,
                    created_at > now() + interval '1 minute' AS is_future,
                    NOT (
                        CASE WHEN rules IS NULL THEN amount > 0 ELSE amount = 0 END AND amount <= 99999999.99
                        AND balance_after BETWEEN 0 AND 9999999999.99
                        AND (held_after IS NULL OR (held_after > 0 AND held_after <= balance_after))
                    ) AS is_out_of_bounds,
                    hold_seq, held_after,
                    lag(held_after) OVER ledger AS held_before,
                    CASE
                        WHEN hold_seq IS NULL THEN 0
                        WHEN kind COLLATE "C" = ANY ($6::text[]) THEN amount
                        WHEN kind COLLATE "C" = ANY ($7::text[]) THEN -amount
                    END AS held_delta,
                    -- Of a hold, a reversal or a change of rules, and says of which, or says so and is of another kind.
                    CASE num_nonnulls(hold_seq, reverses_seq, rules)
                        WHEN 0 THEN kind COLLATE "C" <> ALL ($3::text[] || $4::text[]) OR kind COLLATE "C" = ANY ($6 || $7 || $9::text[])
                        ELSE kind COLLATE "C" <> ALL ($3 || $4 || $5::text[])
                            OR (hold_seq IS NOT NULL) <> (kind COLLATE "C" = ANY ($6 || $7))
                            OR (reverses_seq IS NOT NULL) <> (kind COLLATE "C" = ANY ($9))
                            OR (rules IS NOT NULL) <> (kind COLLATE "C" = ANY ($5) AND kind COLLATE "C" <> ALL ($6 || $7))
                    END AS is_misplaced,
                    rules,
                    CASE
                        WHEN kind COLLATE "C" = ANY ($3::text[]) THEN amount
                        WHEN kind COLLATE "C" = ANY ($4::text[]) THEN -amount
                        WHEN kind COLLATE "C" = ANY ($5::text[]) THEN 0
                    END AS delta,
                    transfer_id IS NULL AND other_wallet IS NULL AND kind COLLATE "C" = ANY ($8::text[]) AS is_alone,
                    kind
                FROM operations o
                WHERE wallet_id BETWEEN $1::uuid AND $2::uuid
                WINDOW ledger AS (PARTITION BY wallet_id ORDER BY seq)
            ) steps
            GROUP BY wallet_id
        ) l ON l.wallet_id = w.id
    ) every
    WHERE user_id IS NULL
        OR version <> coalesce(rows, 0)
        OR version <> coalesce(last_seq, 0)
        OR balance <> coalesce(last_balance, 0)
        OR held <> coalesce(last_held, 0)
        OR coalesce(rules, '{}') <> coalesce(last_rules, '{}')
        OR NOT balance BETWEEN 0 AND 9999999999.99
        OR num_nonnulls(
            held_wrong_at, misplaced_at, gap_at, wrong_at, unknown_at, alone_at, earlier_at, out_of_bounds_at, future_at
        ) > 0
        OR has_doubled_key
        OR unaccounted <> 0
), keyed AS MATERIALIZED (
    SELECT o.wallet_id, o.seq, o.idempotency_key
    FROM s
    JOIN operations o ON o.wallet_id = s.wallet_id
    WHERE s.has_doubled_key AND o.idempotency_key IS NOT NULL
), d AS MATERIALIZED (
    SELECT DISTINCT ON (wallet_id) wallet_id, first, again
    FROM (
        SELECT
            wallet_id, min(seq) OVER same AS first, seq AS again, row_number() OVER (same ORDER BY seq) AS nth
        FROM keyed
        WINDOW same AS (PARTITION BY wallet_id, idempotency_key COLLATE "C")
    ) doubled
    WHERE nth = 2
    ORDER BY wallet_id, again
), h AS MATERIALIZED (
    SELECT
        coalesce(p.wallet_id, h.wallet_id) AS wallet_id, coalesce(p.hold_seq, h.seq) AS seq,
        p.wrong_at, p.releases, p.remaining, p.is_released_wrong, h.remaining AS remaining_there
    FROM (
        SELECT
            wallet_id, hold_seq,
            min(seq) FILTER (
                WHERE remaining < 0 OR held_sign = 0 OR (held_sign = 1) IS DISTINCT FROM (seq = hold_seq)
            ) AS wrong_at,
            sum(amount * held_sign) AS remaining,
            -- What is released is the rest, but for a capture that takes the hold away with it.
            count(*) FILTER (WHERE is_release) AS releases,
            bool_or(is_release AND expires_at <> placed_until) AS is_released_wrong,
            min(amount) FILTER (WHERE seq = hold_seq) AS amount,
            min(placed_until) AS expires_at,
            min(reference) FILTER (WHERE seq = hold_seq) AS reference,
            min(created_at) FILTER (WHERE seq = hold_seq) AS created_at
        FROM (
            SELECT
                o.wallet_id, o.hold_seq, o.seq, o.amount, o.expires_at, o.reference, o.created_at, o.held_sign,
                o.held_sign = -1 AND o.kind COLLATE "C" = ANY ($5) AS is_release,
                sum(o.amount * o.held_sign) OVER hold AS remaining,
                first_value(o.expires_at) OVER hold AS placed_until
            FROM (
                SELECT
                    *,
                    CASE
                        WHEN kind COLLATE "C" = ANY ($6) THEN 1
                        WHEN kind COLLATE "C" = ANY ($7) THEN -1
                        WHEN kind COLLATE "C" = ANY ($3 || $4 || $5) THEN 0
                    END AS held_sign
                FROM operations
            ) o
            WHERE o.wallet_id BETWEEN $1 AND $2 AND o.hold_seq IS NOT NULL
            WINDOW hold AS (PARTITION BY o.wallet_id, o.hold_seq ORDER BY o.seq)
        ) rows
        GROUP BY wallet_id, hold_seq
    ) p
    FULL JOIN (SELECT * FROM holds WHERE wallet_id BETWEEN $1 AND $2) h ON h.wallet_id = p.wallet_id AND h.seq = p.hold_seq
    WHERE p.wrong_at IS NOT NULL
        OR p.releases > 1
        OR (p.releases = 1 AND p.remaining > 0)
        OR p.is_released_wrong
        OR h.remaining IS DISTINCT FROM nullif(p.remaining, 0)
        OR (
            h.seq IS NOT NULL
            AND (h.amount, h.expires_at, h.reference, h.created_at)
                IS DISTINCT FROM (p.amount, p.expires_at, p.reference, p.created_at)
        )
), r AS MATERIALIZED (
    SELECT
        r.wallet_id, r.reverses_seq,
        sum(r.amount) > min(o.amount) AS is_exceeded,
        min(r.seq) FILTER (
            WHERE o.seq IS NULL
                OR o.seq >= r.seq
                OR r.kind COLLATE "C" <> ALL ($3 || $4)
                OR o.kind COLLATE "C" <> ALL ($3 || $4)
                OR (r.kind COLLATE "C" = ANY ($3)) = (o.kind COLLATE "C" = ANY ($3))
                OR o.kind COLLATE "C" = ANY ($9)
                OR (o.transfer_id IS NULL) <> (r.transfer_id IS NULL)
        ) AS wrong_at
    FROM operations r
    LEFT JOIN operations o ON o.wallet_id = r.wallet_id AND o.seq = r.reverses_seq
    WHERE r.wallet_id BETWEEN $1 AND $2 AND r.reverses_seq IS NOT NULL
    GROUP BY r.wallet_id, r.reverses_seq
)
SELECT s.wallet_id, breach.text AS breach, NULL::numeric AS unaccounted
FROM s
LEFT JOIN d ON d.wallet_id = s.wallet_id
CROSS JOIN LATERAL (VALUES
    (s.user_id IS NULL, format('the ledger holds %s operations of a wallet that does not exist', s.rows)),
    (s.version <> coalesce(s.rows, 0), format('version %s, but %s operations', s.version, coalesce(s.rows, 0))),
    (s.version <> coalesce(s.last_seq, 0), format('version %s, but last seq %s', s.version, coalesce(s.last_seq, 0))),
    (s.balance <> coalesce(s.last_balance, 0), format('balance %s, but %s after the last operation', s.balance, coalesce(s.last_balance, 0))),
    (s.held <> coalesce(s.last_held, 0), format('held %s, but %s after the last operation', s.held, coalesce(s.last_held, 0))),
    (coalesce(s.rules, '{}') <> coalesce(s.last_rules, '{}'), 'the rules are not those of the last change'),
    (s.held_wrong_at IS NOT NULL, format('what is held after seq %s does not follow from the one before', s.held_wrong_at)),
    (s.misplaced_at IS NOT NULL, format('seq %s has not what its kind has: a hold, an original or rules', s.misplaced_at)),
    (s.gap_at IS NOT NULL, format('a gap before seq %s', s.gap_at)),
    (s.wrong_at IS NOT NULL, format('the balance after seq %s does not follow from the one before', s.wrong_at)),
    (
        s.unknown_at IS NOT NULL,
        format('seq %s is of a kind that is in no table: %s', s.unknown_at, s.unknown)
    ),
    (s.alone_at IS NOT NULL, format('seq %s is linked with an operation that is not there, or is not its counterpart', s.alone_at)),
    (s.earlier_at IS NOT NULL, format('seq %s is earlier than the one before', s.earlier_at)),
    (NOT s.balance BETWEEN 0 AND 9999999999.99, format('balance %s is not within its bounds', s.balance)),
    (
        s.out_of_bounds_at IS NOT NULL,
        format('the amount or the balance of seq %s is not within its bounds', s.out_of_bounds_at)
    ),
    (
        s.future_at IS NOT NULL,
        format('seq %s is of a time in the future: %s UTC', s.future_at, s.future AT TIME ZONE 'UTC')
    ),
    (d.wallet_id IS NOT NULL, format('a key is there more than once, first at seq %s and again at seq %s', d.first, d.again))
) AS breach (found, text)
WHERE breach.found
UNION ALL
SELECT wallet_id, text, NULL
FROM (
    SELECT DISTINCT ON (wallet_id)
        wallet_id,
        CASE
            WHEN wrong_at IS NOT NULL THEN format('seq %s is of hold %s, which is not there or has less remaining', wrong_at, seq)
            WHEN releases > 1 OR (releases = 1 AND remaining > 0) OR is_released_wrong THEN
                format('hold %s was released otherwise than once, whole and at its time', seq)
            WHEN remaining_there IS DISTINCT FROM nullif(remaining, 0) THEN
                format('hold %s has %s remaining, but %s by the ledger', seq, coalesce(remaining_there, 0), coalesce(remaining, 0))
            ELSE format('hold %s is not as the ledger placed it', seq)
        END AS text
    FROM h
    ORDER BY wallet_id, seq
) of_holds
UNION ALL
SELECT wallet_id, text, NULL
FROM (
    SELECT DISTINCT ON (wallet_id)
        wallet_id,
        CASE
            WHEN wrong_at IS NOT NULL THEN format('seq %s reverses seq %s, which is not there or is no such operation', wrong_at, reverses_seq)
            ELSE format('more than seq %s was is reversed', reverses_seq)
        END AS text
    FROM r
    WHERE wrong_at IS NOT NULL OR is_exceeded
    ORDER BY wallet_id, reverses_seq
) of_reversals
UNION ALL
SELECT NULL, NULL, (SELECT coalesce(sum(unaccounted), 0) FROM s)
