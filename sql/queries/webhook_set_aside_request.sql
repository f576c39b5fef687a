-- What was answered under key $2 of $1, if the request had hash $3: an event that was set aside. Served by webhook_requests_pkey.
SELECT
    q.request_hash = $3 AS is_same,
    aside.id, aside.cursor, aside.type, aside.wallet_id, aside.seq, aside.set_aside_at, aside.attempts, aside.last_status,
    aside.last_error, aside.send_requested_at
FROM webhook_requests q
-- The answer to another request may be another row.
LEFT JOIN LATERAL jsonb_populate_record(NULL::webhook_set_aside, CASE WHEN q.request_hash = $3 THEN q.answer END) aside ON true
WHERE q.actor = $1 AND q.key = $2
