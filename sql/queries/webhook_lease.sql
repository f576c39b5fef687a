-- Takes for engine $1 the leases of enabled webhooks that are free or its own, for $2 seconds from now. Reads all of webhooks, which
-- are a hundred at most; webhook_set_aside_requested_idx serves the rest.
WITH leased AS (
    UPDATE webhooks
    SET leased_by = $1, leased_until = clock_timestamp() + make_interval(secs => $2)
    WHERE enabled AND (leased_by IS NULL OR leased_by = $1 OR leased_until < clock_timestamp())
    RETURNING *
)
SELECT
    id, url, types, wallet_id, secret, CASE WHEN old_secret_until > clock_timestamp() THEN old_secret END AS old_secret, cursor,
    version, since, clock_timestamp() AS now,
    EXISTS (
        SELECT FROM webhook_set_aside aside WHERE aside.webhook_id = leased.id AND aside.send_requested_at IS NOT NULL
    ) AS has_again
FROM leased
