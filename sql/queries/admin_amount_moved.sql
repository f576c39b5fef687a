-- What a member of staff has reserved within a day, but for one form of a wallet. Served by staff_amounts_reserved_at_idx.
SELECT coalesce(sum(amount), 0) AS amount
FROM staff_amounts
WHERE staff_id = $1 AND attempts > 0 AND reserved_at > now() - interval '24 hours' AND (wallet_id, form) <> ($2, $3)
