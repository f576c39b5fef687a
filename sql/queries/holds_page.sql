-- A page of a wallet's holds, newest first: a row a hold, or one row without any; no row if there is no such wallet. Served by
-- wallets_pkey, operations_hold, operations_pkey and, for open holds, holds_pkey.
--
-- The page begins below hold $2 (NULL: at the newest). $3 filters by status, and may be NULL. $4 is the page size; at most $5 holds
-- are scanned, and the next page continues from there. With $6, holds are as they were right after the operation of that number.
-- Each row has the lowest hold that was scanned, and whether there are holds below it.
--
-- The ledger has all of it: the row that places a hold, and those that capture or release it, by the signs of their kinds. A hold
-- that is past its time counts as released, whether its row is written already or not. OFFSET 0: computed once a hold.
WITH RECURSIVE scanned AS (
    SELECT
        coalesce($2::bigint, 9223372036854775807) AS id, 0::bigint AS place, 0::bigint AS found, NULL::text AS status,
        NULL::boolean AS has_expired, NULL::numeric AS amount, NULL::numeric AS captured, NULL::numeric AS released,
        NULL::timestamptz AS expires_at, NULL::text AS reference, NULL::timestamptz AS created_at
    UNION ALL
    SELECT
        next.id, s.place + 1, s.found + CASE WHEN told.status = coalesce($3::text, told.status) THEN 1 ELSE 0 END, told.status,
        hold.was_late OR hold.is_over, hold.amount, hold.captured, hold.amount - hold.captured - told.remaining,
        hold.expires_at, hold.reference, hold.created_at
    FROM scanned s
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN $3 = 'open' THEN (SELECT max(h.seq) FROM holds h WHERE h.wallet_id = $1::uuid AND h.seq < s.id)
            ELSE (SELECT max(o.hold_seq) FROM operations o WHERE o.wallet_id = $1 AND o.hold_seq < s.id)
        END AS id
        OFFSET 0
    ) next
    LEFT JOIN LATERAL (
        SELECT
            o.amount, o.expires_at, o.reference, o.created_at, since.captured, since.was_late,
            o.amount - since.captured - since.released AS remaining,
            $6::bigint IS NULL AND o.expires_at <= now() AND o.amount > since.captured + since.released AS is_over
        FROM operations o
        CROSS JOIN LATERAL (
            SELECT
                coalesce(sum(r.amount) FILTER (WHERE k.balance_sign = -1), 0) AS captured,
                coalesce(sum(r.amount) FILTER (WHERE k.balance_sign = 0), 0) AS released,
                coalesce(bool_or(r.expires_at IS NOT NULL), false) AS was_late
            FROM operations r
            JOIN operation_kinds k ON k.kind = r.kind COLLATE "C"
            WHERE r.wallet_id = $1 AND r.hold_seq = next.id AND r.seq > next.id AND r.seq <= coalesce($6, r.seq)
        ) since
        WHERE o.wallet_id = $1 AND o.seq = next.id AND o.seq <= coalesce($6, o.seq)
        OFFSET 0
    ) hold ON true
    CROSS JOIN LATERAL (
        SELECT
            CASE WHEN hold.is_over THEN 0 ELSE hold.remaining END AS remaining,
            CASE
                WHEN hold.remaining > 0 AND NOT hold.is_over THEN 'open'
                WHEN hold.captured > 0 THEN 'captured'
                WHEN hold.was_late OR hold.is_over THEN 'expired'
                WHEN hold.amount IS NOT NULL THEN 'voided'
            END AS status
        OFFSET 0
    ) told
    WHERE s.found < $4::bigint AND s.place < $5::bigint AND next.id IS NOT NULL
), lowest AS (
    SELECT min(id) AS id FROM scanned WHERE place > 0
)
SELECT
    lowest.id AS lowest,
    CASE
        WHEN $3 = 'open' THEN (SELECT max(h.seq) FROM holds h WHERE h.wallet_id = $1 AND h.seq < lowest.id)
        ELSE (SELECT max(o.hold_seq) FROM operations o WHERE o.wallet_id = $1 AND o.hold_seq < lowest.id)
    END IS NOT NULL AS has_more,
    s.id, s.status, s.has_expired, s.amount, s.captured, s.released, s.expires_at, s.reference, s.created_at
FROM wallets w
CROSS JOIN lowest
LEFT JOIN scanned s ON s.place > 0 AND s.status = coalesce($3, s.status)
WHERE w.id = $1
ORDER BY s.id DESC
