-- The valid key of a digest. Served by api_keys_digest_key.
SELECT id, name, scopes, wallets, expires_at
FROM api_keys
WHERE digest = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
