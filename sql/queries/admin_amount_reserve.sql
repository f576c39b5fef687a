-- Reserves the amount $4 of a form $3 for wallet $2 out of the ceiling $5 of staff member $1, whose row is locked. Returns whether
-- it is reserved, and whether the operation of the form's key $6 is in the ledger already, for which nothing has to be reserved.
-- Served by staff_amounts_pkey, staff_amounts_reserved_at_idx and operations_idempotency_key.
--
-- A form that is reserved already keeps its place, and has the larger of its amounts.
WITH day AS MATERIALIZED (
    SELECT clock_timestamp() AS now, clock_timestamp() - interval '24 hours' AS since
), past AS (
    DELETE FROM staff_amounts
    WHERE staff_id = $1 AND reserved_at <= (SELECT since FROM day) AND (wallet_id, form) <> ($2, $3)
), done AS MATERIALIZED (
    SELECT seq FROM operations WHERE wallet_id = $2 AND idempotency_key = $6 COLLATE "C" LIMIT 1
), own AS MATERIALIZED (
    SELECT amount
    FROM staff_amounts
    WHERE staff_id = $1 AND wallet_id = $2 AND form = $3 AND attempts > 0 AND reserved_at > (SELECT since FROM day)
), others AS MATERIALIZED (
    SELECT coalesce(sum(amount), 0) AS amount
    FROM staff_amounts
    WHERE staff_id = $1 AND attempts > 0 AND reserved_at > (SELECT since FROM day) AND (wallet_id, form) <> ($2, $3)
), reserved AS (
    INSERT INTO staff_amounts AS held (staff_id, wallet_id, form, amount, attempts, reserved_at)
    SELECT $1, $2, $3, greatest($4::numeric, (SELECT amount FROM own)), 1, (SELECT now FROM day)
    WHERE NOT EXISTS (SELECT FROM done)
        AND (
            (SELECT amount FROM others) + $4::numeric <= $5::numeric
            OR EXISTS (SELECT FROM own WHERE amount >= $4::numeric)
        )
    ON CONFLICT (staff_id, wallet_id, form) DO UPDATE
        SET amount = excluded.amount, attempts = held.attempts + 1, reserved_at = excluded.reserved_at
    RETURNING 1
)
SELECT EXISTS (SELECT FROM reserved) AS is_reserved, EXISTS (SELECT FROM done) AS is_done
