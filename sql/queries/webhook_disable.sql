-- Disables webhook $1, whose receiver is gone, if engine $2 has its lease. Served by webhooks_pkey.
UPDATE webhooks
SET
    enabled = false,
    updated_at = now(),
    version = version + 1,
    leased_by = NULL,
    leased_until = NULL,
    last_failure_at = now(),
    last_failure = 'gone'
WHERE id = $1 AND leased_by = $2
