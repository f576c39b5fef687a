-- Gives webhook $1 of the wallets $2 (NULL: any) secret $6, by $3, under key $4 (NULL: none) with hash $5. The present one signs for
-- 24 hours more. webhook_requests_pkey rejects a key that is known. Served by webhooks_pkey.
WITH changed AS (
    UPDATE webhooks
    SET
        old_secret = secret,
        old_secret_until = now() + interval '24 hours',
        secret = $6,
        updated_at = now(),
        version = version + 1
    WHERE id = $1 AND ($2::uuid[] IS NULL OR wallet_id = ANY ($2))
    RETURNING *
), answered AS (
    INSERT INTO webhook_requests (actor, key, request_hash, answer)
    SELECT coalesce($3, ''), $4, $5, to_jsonb(changed) - '{secret,old_secret}'::text[] FROM changed WHERE $4::text IS NOT NULL
)
SELECT id, url, types, wallet_id, enabled, since, created_at, updated_at, old_secret_until, actor, version FROM changed
