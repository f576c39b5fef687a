-- The wallets from $1 to $2 whose users do not have them, and users whose wallets are not theirs or not there. Served by wallets_pkey, on
-- all nodes, and users_wallet_id_key.
--
-- Both are read one after the other, and a registration may come in between: what is reported here is to be looked up again
-- (storage/audit_nodes.rs).
WITH w AS MATERIALIZED (
    SELECT id, user_id FROM wallets WHERE id BETWEEN $1::uuid AND $2::uuid
), u AS MATERIALIZED (
    SELECT id, wallet_id FROM users WHERE wallet_id BETWEEN $1 AND $2
)
SELECT coalesce(w.id, u.wallet_id) AS wallet_id, CASE
    WHEN w.id IS NULL THEN format('user %s has no wallet', u.id)
    WHEN u.id IS NULL THEN format('the wallet of user %s is nobody''s', w.user_id)
    ELSE format('the wallet says user %s, the user says %s', w.user_id, u.id)
END AS breach
FROM u
FULL JOIN w ON w.id = u.wallet_id
WHERE u.id IS DISTINCT FROM w.user_id
