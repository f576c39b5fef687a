-- Makes a webhook of $6 (NULL: not known), under key $8 (NULL: none) with hash $9. No row: all hundred slots are taken. webhooks_slot_key
-- rejects a slot that another session takes at the same time, webhook_requests_pkey a key that is known. Served by webhooks_slot_key.
WITH made AS (
    INSERT INTO webhooks (slot, url, types, wallet_id, enabled, secret, cursor, actor)
    SELECT free.slot, $1, $2, $3, $4, $5, $7, $6
    FROM (
        SELECT slots.slot
        FROM generate_series(1, 100) AS slots (slot)
        WHERE NOT EXISTS (SELECT FROM webhooks taken WHERE taken.slot = slots.slot)
        -- Two sessions seldom take the same one.
        ORDER BY random()
        LIMIT 1
    ) free
    RETURNING *
), answered AS (
    INSERT INTO webhook_requests (actor, key, request_hash, answer)
    SELECT coalesce($6, ''), $8, $9, to_jsonb(made) - '{secret,old_secret}'::text[] FROM made WHERE $8::text IS NOT NULL
)
SELECT id, url, types, wallet_id, enabled, since, created_at, updated_at, old_secret_until, actor, version FROM made
