-- What became of event $2 that webhook $1 had set aside and sent again: delivered if $3, or not, as of $4 and $5. Served by
-- webhook_set_aside_pkey.
WITH delivered AS (
    DELETE FROM webhook_set_aside WHERE webhook_id = $1 AND id = $2 AND $3
)
UPDATE webhook_set_aside
SET send_requested_at = NULL, attempts = attempts + 1, last_status = $4, last_error = $5
WHERE webhook_id = $1 AND id = $2 AND NOT $3
