-- Events that webhook $1 set aside and that are to be sent again, $2 at most. Served by webhook_set_aside_requested_idx.
SELECT id, cursor, wallet_id
FROM webhook_set_aside
WHERE webhook_id = $1 AND send_requested_at IS NOT NULL
ORDER BY send_requested_at
LIMIT $2
