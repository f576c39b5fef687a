-- A wallet as committed, with its user. Served by wallets_pkey, holds_pkey and users_pkey.
--
-- What has expired is held no longer, released or not.
WITH wallet AS MATERIALIZED (
    SELECT
        w.id, w.balance, w.rules::text AS rules, w.version, w.created_at, w.updated_at, w.user_id,
        (
            SELECT coalesce(sum(h.remaining), 0)
            FROM holds h
            WHERE h.wallet_id = $1 AND h.expires_at > now()
        ) AS held
    FROM wallets w
    WHERE w.id = $1
)
SELECT w.*, u.username, u.email
FROM wallet w
-- With a limit, so that no plan joins all users.
LEFT JOIN LATERAL (SELECT username, email FROM users WHERE users.id = w.user_id LIMIT 1) u ON true
