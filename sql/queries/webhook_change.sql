-- Changes webhook $1 of the wallets $2 (NULL: any), by $3, under key $4 (NULL: none) with hash $5: the URL to $6 (NULL: none), the
-- types to $8 if $7, and whether it is enabled to $9 (NULL: as it is). What waits is sent at once. webhook_requests_pkey rejects a key
-- that is known. Served by webhooks_pkey, webhook_waiting_pkey.
WITH changed AS (
    UPDATE webhooks
    SET
        url = coalesce($6, url),
        types = CASE WHEN $7::boolean THEN $8::text[] ELSE types END,
        since = CASE WHEN $9::boolean AND NOT enabled THEN now() ELSE since END,
        enabled = coalesce($9, enabled),
        updated_at = now(),
        version = version + 1
    WHERE id = $1 AND ($2::uuid[] IS NULL OR wallet_id = ANY ($2))
    RETURNING *
), resumed AS (
    UPDATE webhook_waiting SET next_attempt_at = now()
    WHERE webhook_id IN (SELECT id FROM changed WHERE enabled) AND next_attempt_at > now()
), answered AS (
    INSERT INTO webhook_requests (actor, key, request_hash, answer)
    SELECT coalesce($3, ''), $4, $5, to_jsonb(changed) - '{secret,old_secret}'::text[] FROM changed WHERE $4::text IS NOT NULL
)
SELECT id, url, types, wallet_id, enabled, since, created_at, updated_at, old_secret_until, actor, version FROM changed
