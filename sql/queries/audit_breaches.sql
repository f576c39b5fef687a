-- Every violation of the ledger's invariants in the wallets from $1 to $2, a row each. Their ledger is read once, in the
-- order of operations_pkey; the other tables by ranges of wallets_pkey and users_wallet_id_key.
--
-- The sign of an operation's kind determines its effect on the balance. The kinds of each sign are read before the ledger,
-- as a join with their table would lose its order.
--
-- An operation that is linked with another names it, and the other is looked up by operations_pkey. One statement writes
-- both, so whatever sees one sees the other. Two sides of a transfer name each other, whatever their kinds. Other linked
-- operations name the next one in a ring: if some of them were missing, one that is there would name one that is not.
--
-- Rows of holds and of reversals are few; those of each hold, and of each operation that was reversed, are read together by
-- operations_hold and operations_reverses. What a hold has remaining never falls below zero, so nothing happens to it after that.
--
-- The last row has no wallet: how much more the wallets hold together than came in from outside, whole transfers aside.
--
-- NaN equals itself and is above every number, so the upper bounds find it. Keys are counted here, as a restored database
-- may lack their index; a duplicate key is then searched for in that wallet's ledger.
WITH steps AS (
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
            WHEN kind COLLATE "C" = ANY (ARRAY(SELECT kind FROM operation_kinds WHERE held_sign = 1)) THEN amount
            WHEN kind COLLATE "C" = ANY (ARRAY(SELECT kind FROM operation_kinds WHERE held_sign = -1)) THEN -amount
        END AS held_delta,
        -- Of a hold, a reversal or a change of rules, and says of which, or says so and is of another kind.
        CASE num_nonnulls(hold_seq, reverses_seq, rules)
            WHEN 0 THEN kind COLLATE "C" <> ALL (ARRAY(
                SELECT kind FROM operation_kinds WHERE held_sign = 0 AND balance_sign <> 0 AND NOT is_reversal
            ))
            ELSE NOT EXISTS (
                SELECT FROM operation_kinds k
                WHERE k.kind = o.kind COLLATE "C"
                    AND (hold_seq IS NOT NULL) = (held_sign <> 0)
                    AND (reverses_seq IS NOT NULL) = is_reversal
                    AND (rules IS NOT NULL) = (held_sign = 0 AND balance_sign = 0)
            )
        END AS is_misplaced,
        rules,
        CASE
            WHEN kind COLLATE "C" = ANY (ARRAY(SELECT kind FROM operation_kinds WHERE balance_sign = 1)) THEN amount
            WHEN kind COLLATE "C" = ANY (ARRAY(SELECT kind FROM operation_kinds WHERE balance_sign = -1)) THEN -amount
            WHEN kind COLLATE "C" = ANY (ARRAY(SELECT kind FROM operation_kinds WHERE balance_sign = 0)) THEN 0
        END AS delta,
        transfer_id IS NULL AND other_wallet IS NOT NULL AS is_in_ring,
        CASE
            WHEN transfer_id IS NULL AND other_wallet IS NULL THEN
                kind COLLATE "C" = ANY (ARRAY(SELECT kind FROM operation_kinds WHERE is_transfer))
            ELSE NOT EXISTS (
                SELECT FROM operations other
                WHERE other.wallet_id = o.other_wallet
                    AND other.seq = o.other_seq
                    AND (other.wallet_id, other.seq) <> (o.wallet_id, o.seq)
                    AND other.other_wallet IS NOT NULL
                    AND CASE
                        WHEN o.transfer_id IS NOT NULL THEN
                            (other.other_wallet, other.other_seq, other.transfer_id, other.amount)
                                = (o.wallet_id, o.seq, o.transfer_id, o.amount)
                            AND (SELECT sum(balance_sign) FROM operation_kinds k WHERE k.kind IN (o.kind COLLATE "C", other.kind COLLATE "C")) = 0
                        ELSE other.transfer_id IS NULL
                            AND NOT EXISTS (SELECT FROM operation_kinds k WHERE k.kind = o.kind COLLATE "C" AND k.is_transfer)
                    END
            )
        END AS is_alone
    FROM operations o
    WHERE wallet_id BETWEEN $1::uuid AND $2::uuid
    WINDOW ledger AS (PARTITION BY wallet_id ORDER BY seq)
), ledgers AS (
    SELECT
        wallet_id,
        count(*) AS rows,
        max(seq) AS last_seq,
        (array_agg(balance_after ORDER BY seq DESC))[1] AS last_balance,
        min(seq) FILTER (WHERE seq_step <> 1) AS gap_at,
        min(seq) FILTER (WHERE balance_step <> delta) AS wrong_at,
        min(seq) FILTER (WHERE delta IS NULL) AS unknown_at,
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
        sum(delta) FILTER (WHERE (is_in_ring OR NOT is_alone) AND NOT is_out_of_bounds) AS accounted,
        count(idempotency_key) > count(DISTINCT idempotency_key COLLATE "C") AS has_doubled_key
    FROM steps
    GROUP BY wallet_id
), w AS (
    SELECT id, user_id, balance, version, held, rules FROM wallets WHERE id BETWEEN $1 AND $2
), u AS (
    SELECT id, wallet_id FROM users WHERE wallet_id BETWEEN $1 AND $2
), placed AS (
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
            o.wallet_id, o.hold_seq, o.seq, o.amount, o.expires_at, o.reference, o.created_at, k.held_sign,
            k.held_sign = -1 AND k.balance_sign = 0 AS is_release,
            sum(o.amount * k.held_sign) OVER hold AS remaining,
            first_value(o.expires_at) OVER hold AS placed_until
        FROM operations o
        LEFT JOIN operation_kinds k ON k.kind = o.kind COLLATE "C"
        WHERE o.wallet_id BETWEEN $1 AND $2 AND o.hold_seq IS NOT NULL
        WINDOW hold AS (PARTITION BY o.wallet_id, o.hold_seq ORDER BY o.seq)
    ) rows
    GROUP BY wallet_id, hold_seq
), h AS (
    SELECT * FROM holds WHERE wallet_id BETWEEN $1 AND $2
), reversed AS (
    SELECT
        r.wallet_id, r.reverses_seq,
        sum(r.amount) > min(o.amount) AS is_exceeded,
        min(r.seq) FILTER (
            WHERE o.seq IS NULL
                OR o.seq >= r.seq
                OR rk.balance_sign <> -ok.balance_sign
                OR ok.balance_sign = 0
                OR ok.is_reversal
                OR (o.transfer_id IS NULL) <> (r.transfer_id IS NULL)
                -- Both sides of a transfer are reversed alike: the counterpart reverses the counterpart.
                OR (o.transfer_id IS NOT NULL AND NOT EXISTS (
                    SELECT FROM operations other
                    WHERE other.wallet_id = r.other_wallet
                        AND other.seq = r.other_seq
                        AND (other.wallet_id, other.reverses_seq) = (o.other_wallet, o.other_seq)
                ))
        ) AS wrong_at
    FROM operations r
    LEFT JOIN operations o ON o.wallet_id = r.wallet_id AND o.seq = r.reverses_seq
    LEFT JOIN operation_kinds rk ON rk.kind = r.kind COLLATE "C"
    LEFT JOIN operation_kinds ok ON ok.kind = o.kind COLLATE "C"
    WHERE r.wallet_id BETWEEN $1 AND $2 AND r.reverses_seq IS NOT NULL
    GROUP BY r.wallet_id, r.reverses_seq
)
SELECT coalesce(w.id, l.wallet_id) AS wallet_id, breach.text AS breach, NULL::numeric AS unaccounted
FROM w
FULL JOIN ledgers l ON l.wallet_id = w.id
CROSS JOIN LATERAL (VALUES
    (w.id IS NULL, format('the ledger holds %s operations of a wallet that does not exist', l.rows)),
    (w.version <> coalesce(l.rows, 0), format('version %s, but %s operations', w.version, coalesce(l.rows, 0))),
    (w.version <> coalesce(l.last_seq, 0), format('version %s, but last seq %s', w.version, coalesce(l.last_seq, 0))),
    (w.balance <> coalesce(l.last_balance, 0), format('balance %s, but %s after the last operation', w.balance, coalesce(l.last_balance, 0))),
    (w.held <> coalesce(l.last_held, 0), format('held %s, but %s after the last operation', w.held, coalesce(l.last_held, 0))),
    (coalesce(w.rules, '{}') <> coalesce(l.last_rules, '{}'), 'the rules are not those of the last change'),
    (l.held_wrong_at IS NOT NULL, format('what is held after seq %s does not follow from the one before', l.held_wrong_at)),
    (l.misplaced_at IS NOT NULL, format('seq %s has not what its kind has: a hold, an original or rules', l.misplaced_at)),
    (l.gap_at IS NOT NULL, format('a gap before seq %s', l.gap_at)),
    (l.wrong_at IS NOT NULL, format('the balance after seq %s does not follow from the one before', l.wrong_at)),
    (
        l.unknown_at IS NOT NULL,
        CASE WHEN l.unknown_at IS NOT NULL THEN (
            SELECT format('seq %s is of a kind that is in no table: %s', seq, kind)
            FROM operations
            WHERE wallet_id = l.wallet_id AND seq = l.unknown_at
        ) END
    ),
    (l.alone_at IS NOT NULL, format('seq %s is linked with an operation that is not there, or is not its counterpart', l.alone_at)),
    (l.earlier_at IS NOT NULL, format('seq %s is earlier than the one before', l.earlier_at)),
    (NOT w.balance BETWEEN 0 AND 9999999999.99, format('balance %s is not within its bounds', w.balance)),
    (
        l.out_of_bounds_at IS NOT NULL,
        format('the amount or the balance of seq %s is not within its bounds', l.out_of_bounds_at)
    ),
    (
        l.future_at IS NOT NULL,
        format('seq %s is of a time in the future: %s UTC', l.future_at, l.future AT TIME ZONE 'UTC')
    ),
    (
        l.has_doubled_key,
        CASE WHEN l.has_doubled_key THEN (
            SELECT format('a key is there more than once, first at seq %s and again at seq %s', d.first, d.again)
            FROM (
                SELECT min(o.seq) OVER same AS first, o.seq AS again, row_number() OVER (same ORDER BY o.seq) AS nth
                FROM operations o
                WHERE o.wallet_id = l.wallet_id AND o.idempotency_key IS NOT NULL
                WINDOW same AS (PARTITION BY o.idempotency_key COLLATE "C")
            ) d
            WHERE d.nth = 2
            ORDER BY d.again
            LIMIT 1
        ) END
    )
) AS breach (found, text)
WHERE breach.found
UNION ALL
SELECT coalesce(w.id, u.wallet_id), CASE
    WHEN w.id IS NULL THEN format('user %s has no wallet', u.id)
    WHEN u.id IS NULL THEN format('the wallet of user %s is nobody''s', w.user_id)
    ELSE format('the wallet says user %s, the user says %s', w.user_id, u.id)
END, NULL
FROM u
FULL JOIN w ON w.id = u.wallet_id
WHERE u.id IS DISTINCT FROM w.user_id
UNION ALL
SELECT wallet_id, text, NULL
FROM (
    SELECT DISTINCT ON (wallet_id)
        coalesce(p.wallet_id, h.wallet_id) AS wallet_id,
        CASE
            WHEN p.wrong_at IS NOT NULL THEN
                format('seq %s is of hold %s, which is not there or has less remaining', p.wrong_at, p.hold_seq)
            WHEN p.releases > 1 OR (p.releases = 1 AND p.remaining > 0) OR p.is_released_wrong THEN
                format('hold %s was released otherwise than once, whole and at its time', p.hold_seq)
            WHEN h.remaining IS DISTINCT FROM nullif(p.remaining, 0) THEN
                format(
                    'hold %s has %s remaining, but %s by the ledger',
                    coalesce(p.hold_seq, h.seq), coalesce(h.remaining, 0), coalesce(p.remaining, 0)
                )
            ELSE format('hold %s is not as the ledger placed it', p.hold_seq)
        END AS text
    FROM placed p
    FULL JOIN h ON h.wallet_id = p.wallet_id AND h.seq = p.hold_seq
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
    ORDER BY wallet_id, coalesce(p.hold_seq, h.seq)
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
    FROM reversed
    WHERE wrong_at IS NOT NULL OR is_exceeded
    ORDER BY wallet_id, reverses_seq
) of_reversals
UNION ALL
SELECT NULL, NULL,
    (SELECT coalesce(sum(balance), 0) FROM w WHERE balance BETWEEN 0 AND 9999999999.99)
        - (SELECT coalesce(sum(accounted), 0) FROM ledgers)
