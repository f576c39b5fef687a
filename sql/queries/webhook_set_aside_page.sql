-- Events of webhook $1 that were set aside, newest first: below number $2 (NULL: from the newest), up to $3 rows. Served by
-- webhook_set_aside_pkey.
SELECT id, cursor, type, wallet_id, seq, set_aside_at, attempts, last_status, last_error, send_requested_at
FROM webhook_set_aside
WHERE webhook_id = $1 AND id < coalesce($2::bigint, 9223372036854775807)
ORDER BY id DESC
LIMIT $3::bigint
