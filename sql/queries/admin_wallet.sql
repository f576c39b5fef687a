-- A wallet as committed, with its user. Served by wallets_pkey, holds_pkey and users_pkey.
--
-- What has expired is held no longer, released or not.
SELECT
    w.id, w.balance, w.rules::text AS rules, w.version, w.created_at, w.updated_at, w.user_id, u.username, u.email,
    (
        SELECT coalesce(sum(h.remaining), 0)
        FROM holds h
        WHERE h.wallet_id = w.id AND h.expires_at > now()
    ) AS held
FROM wallets w
LEFT JOIN users u ON u.id = w.user_id
WHERE w.id = $1
