-- Every violation of the ledger's invariants in the wallets from $1 to $2, a row each. Their ledger is read once, in the
-- order of operations_pkey; the other tables by ranges of wallets_pkey and users_wallet_id_key.
--
-- The sign of an operation's kind determines its effect on the balance. The kinds of each sign are read before the ledger,
-- as a join with their table would lose its order.
--
-- An operation that is linked with another names it, and the other is looked up by operations_pkey. One statement writes
-- both, so whatever sees one sees the other. Two sides of a transfer name each other. Other linked operations name the next
-- one in a ring: if some of them were missing, one that is there would name one that is not.
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
        NOT (amount > 0 AND amount <= 99999999.99 AND balance_after BETWEEN 0 AND 9999999999.99) AS is_out_of_bounds,
        CASE
            WHEN kind COLLATE "C" = ANY (ARRAY(SELECT kind FROM operation_kinds WHERE balance_sign = 1)) THEN amount
            WHEN kind COLLATE "C" = ANY (ARRAY(SELECT kind FROM operation_kinds WHERE balance_sign = -1)) THEN -amount
            WHEN kind COLLATE "C" = ANY (ARRAY(SELECT kind FROM operation_kinds WHERE balance_sign = 0)) THEN 0
        END AS delta,
        is_transfer,
        CASE WHEN is_transfer OR other_wallet IS NOT NULL OR transfer_id IS NOT NULL THEN NOT EXISTS (
            SELECT FROM operations other
            WHERE other.wallet_id = o.other_wallet
                AND other.seq = o.other_seq
                AND (other.wallet_id, other.seq) <> (o.wallet_id, o.seq)
                AND other.other_wallet IS NOT NULL
                AND CASE
                    WHEN is_transfer THEN
                        (other.other_wallet, other.other_seq, other.transfer_id, other.amount)
                            = (o.wallet_id, o.seq, o.transfer_id, o.amount)
                        AND (SELECT sum(balance_sign) FROM operation_kinds k WHERE k.kind IN (o.kind COLLATE "C", other.kind COLLATE "C")) = 0
                    ELSE o.transfer_id IS NULL AND other.transfer_id IS NULL
                END
        ) ELSE false END AS is_alone
    FROM operations o
    CROSS JOIN LATERAL (
        SELECT kind COLLATE "C" = ANY (ARRAY(SELECT kind FROM operation_kinds k WHERE k.is_transfer)) AS is_transfer
    ) of_kind
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
        min(seq) FILTER (WHERE is_earlier) AS earlier_at,
        min(seq) FILTER (WHERE is_out_of_bounds) AS out_of_bounds_at,
        min(seq) FILTER (WHERE is_alone) AS alone_at,
        min(seq) FILTER (WHERE is_future) AS future_at,
        min(created_at) FILTER (WHERE is_future) AS future,
        sum(delta) FILTER (WHERE NOT (is_transfer AND is_alone) AND NOT is_out_of_bounds) AS accounted,
        count(idempotency_key) > count(DISTINCT idempotency_key COLLATE "C") AS has_doubled_key
    FROM steps
    GROUP BY wallet_id
), w AS (
    SELECT id, user_id, balance, version FROM wallets WHERE id BETWEEN $1 AND $2
), u AS (
    SELECT id, wallet_id FROM users WHERE wallet_id BETWEEN $1 AND $2
)
SELECT coalesce(w.id, l.wallet_id) AS wallet_id, breach.text AS breach, NULL::numeric AS unaccounted
FROM w
FULL JOIN ledgers l ON l.wallet_id = w.id
CROSS JOIN LATERAL (VALUES
    (w.id IS NULL, format('the ledger holds %s operations of a wallet that does not exist', l.rows)),
    (w.version <> coalesce(l.rows, 0), format('version %s, but %s operations', w.version, coalesce(l.rows, 0))),
    (w.version <> coalesce(l.last_seq, 0), format('version %s, but last seq %s', w.version, coalesce(l.last_seq, 0))),
    (w.balance <> coalesce(l.last_balance, 0), format('balance %s, but %s after the last operation', w.balance, coalesce(l.last_balance, 0))),
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
SELECT NULL, NULL,
    (SELECT coalesce(sum(balance), 0) FROM w WHERE balance BETWEEN 0 AND 9999999999.99)
        - (SELECT coalesce(sum(accounted), 0) FROM ledgers)
