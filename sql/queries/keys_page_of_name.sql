-- A page of the keys of name $3, otherwise as keys_page.sql. Served by api_keys_name_idx and users_pkey.
SELECT
    k.id, k.name, k.scopes, k.wallets, k.created_at, k.expires_at, k.last_used_at, k.revoked_at,
    k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now()) AS is_live,
    maker.username AS created_by, revoker.username AS revoked_by
FROM api_keys k
LEFT JOIN users maker ON maker.id = k.created_by
LEFT JOIN users revoker ON revoker.id = k.revoked_by
WHERE k.name = $3 COLLATE "C" AND k.id < coalesce($1::bigint, 9223372036854775807)
ORDER BY k.id DESC
LIMIT $2::bigint
