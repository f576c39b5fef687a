-- How much left a wallet's balance today (UTC), by the rows up to seq $2. Served by operations_pkey.
--
-- A wallet's times never decrease (commit.sql), so the first row of today is found by binary search: about twenty lookups for a
-- million rows.
WITH RECURSIVE today AS (
    SELECT day, day::timestamp AT TIME ZONE 'UTC' AS since FROM (SELECT (now() AT TIME ZONE 'UTC')::date AS day) AS time
), bisection AS (
    SELECT 1::bigint AS low, $2::bigint + 1 AS high
    UNION ALL
    SELECT
        CASE WHEN middle.is_before THEN middle.seq + 1 ELSE b.low END,
        CASE WHEN middle.is_before THEN b.high ELSE middle.seq END
    FROM bisection b
    CROSS JOIN LATERAL (
        SELECT
            (b.low + b.high) / 2 AS seq,
            (
                SELECT o.created_at < (SELECT since FROM today)
                FROM operations o
                WHERE o.wallet_id = $1::uuid AND o.seq = (b.low + b.high) / 2
            ) AS is_before
    ) middle
    WHERE b.low < b.high
)
SELECT
    today.day,
    (
        SELECT coalesce(sum(o.amount), 0)
        FROM operations o
        WHERE o.wallet_id = $1
            AND o.seq BETWEEN (SELECT low FROM bisection WHERE low = high) AND $2
            AND o.kind COLLATE "C" = ANY ($3::text[])
    ) AS spent
FROM today
