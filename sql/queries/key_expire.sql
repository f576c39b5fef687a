-- Makes room for another key of a name: one that has expired is live no more. Served by api_keys_live_key.
UPDATE api_keys SET revoked_at = expires_at WHERE name = $1 COLLATE "C" AND revoked_at IS NULL AND expires_at <= now()
