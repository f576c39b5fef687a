-- How many valid tokens a user has. Served by users_pkey, user_tokens_user_id_idx.
SELECT count(*) AS tokens
FROM user_tokens t JOIN users u ON u.id = t.user_id
WHERE t.user_id = $1
    AND t.expires_at > now()
    AND u.is_active
    AND t.password = password_tag(u.password_hash, u.password_renewal)
