-- What was answered under key $2 of $1, if the request had hash $3: a webhook. Served by webhook_requests_pkey.
SELECT
    q.request_hash = $3 AS is_same,
    w.id, w.url, w.types, w.wallet_id, w.enabled, w.since, w.created_at, w.updated_at, w.old_secret_until, w.actor, w.version
FROM webhook_requests q
-- The answer to another request may be another row.
LEFT JOIN LATERAL jsonb_populate_record(NULL::webhooks, CASE WHEN q.request_hash = $3 THEN q.answer END) w ON true
WHERE q.actor = $1 AND q.key = $2
