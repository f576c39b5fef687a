-- Makes a key, valid for $6 seconds (NULL: for ever). No row: two of the name are live. api_keys_live_key rejects one that another
-- session makes at the same time, api_keys_form_key rejects a form that is sent twice. Served by api_keys_live_key.
INSERT INTO api_keys (name, slot, digest, scopes, wallets, form, created_by, expires_at)
SELECT $1, free.slot, $2, $3, $4, $5, $7, now() + make_interval(secs => $6)
FROM (
    SELECT slot
    FROM (VALUES (1::smallint), (2::smallint)) AS of_a_name (slot)
    WHERE NOT EXISTS (
        SELECT FROM api_keys WHERE name = $1 COLLATE "C" AND api_keys.slot = of_a_name.slot AND revoked_at IS NULL
    )
    ORDER BY slot
    LIMIT 1
) free
RETURNING id, expires_at
