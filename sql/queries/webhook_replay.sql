-- Moves webhook $1 of the wallets $2 (NULL: any) to cursor $6, by $3, under key $4 (NULL: none) with hash $5. What waits is either after
-- that cursor and comes again, or is skipped. webhook_requests_pkey rejects a key that is known. Served by webhooks_pkey,
-- webhook_waiting_pkey.
WITH changed AS (
    UPDATE webhooks
    SET cursor = $6, since = now(), updated_at = now(), version = version + 1
    WHERE id = $1 AND ($2::uuid[] IS NULL OR wallet_id = ANY ($2))
    RETURNING *
), dropped AS (
    DELETE FROM webhook_waiting WHERE webhook_id IN (SELECT id FROM changed)
), answered AS (
    INSERT INTO webhook_requests (actor, key, request_hash, answer)
    SELECT coalesce($3, ''), $4, $5, to_jsonb(changed) - '{secret,old_secret}'::text[] FROM changed WHERE $4::text IS NOT NULL
)
SELECT id, url, types, wallet_id, enabled, since, created_at, updated_at, old_secret_until, actor, version FROM changed
