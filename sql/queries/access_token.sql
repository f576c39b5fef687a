-- The user of a valid token of that digest, with their wallet. Served by user_tokens_pkey and users_pkey.
SELECT t.user_id, t.expires_at, u.wallet_id
FROM user_tokens t JOIN users u ON u.id = t.user_id
WHERE t.digest = $1
    AND t.expires_at > now()
    AND u.is_active
    AND t.password = password_tag(u.password_hash, u.password_renewal)
