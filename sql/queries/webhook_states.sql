-- Webhook $1, or all (NULL), of the wallets $2 (NULL: any), oldest first, a hundred at most. Served by webhooks_pkey,
-- webhook_waiting_pkey, webhook_set_aside_pkey.
SELECT
    w.id, w.url, w.types, w.wallet_id, w.enabled, w.since, w.created_at, w.updated_at, w.old_secret_until, w.actor, w.version,
    w.cursor, w.last_success_at, w.last_failure_at, w.last_failure,
    (SELECT count(*) FROM webhook_waiting waits WHERE waits.webhook_id = w.id) AS waiting,
    (SELECT count(*) FROM webhook_set_aside aside WHERE aside.webhook_id = w.id) AS set_aside
FROM webhooks w
WHERE ($1::uuid IS NULL OR w.id = $1) AND ($2::uuid[] IS NULL OR w.wallet_id = ANY ($2))
ORDER BY w.created_at, w.id
