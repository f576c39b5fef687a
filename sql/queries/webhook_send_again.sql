-- Has number $6 of what webhook $1 of the wallets $2 (NULL: any) set aside sent again, by $3, under key $4 (NULL: none) with hash $5.
-- webhook_requests_pkey rejects a key that is known. Served by webhook_set_aside_pkey, webhooks_pkey.
WITH changed AS (
    UPDATE webhook_set_aside aside
    SET send_requested_at = coalesce(aside.send_requested_at, now())
    FROM webhooks w
    WHERE w.id = $1 AND ($2::uuid[] IS NULL OR w.wallet_id = ANY ($2)) AND aside.webhook_id = w.id AND aside.id = $6
    RETURNING aside.*
), answered AS (
    INSERT INTO webhook_requests (actor, key, request_hash, answer)
    SELECT coalesce($3, ''), $4, $5, to_jsonb(changed) FROM changed WHERE $4::text IS NOT NULL
)
SELECT id, cursor, type, wallet_id, seq, set_aside_at, attempts, last_status, last_error, send_requested_at FROM changed
