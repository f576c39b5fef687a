-- The live keys of a name, newest first. Served by api_keys_live_key.
SELECT id FROM api_keys WHERE name = $1 COLLATE "C" AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now()) ORDER BY id DESC
