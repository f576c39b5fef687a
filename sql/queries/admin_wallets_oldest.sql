-- A page of all wallets, the oldest first, otherwise as admin_wallets_newest.sql. Served by wallets_created_at and
-- users_pkey.
SELECT
    false AS is_cut,
    w.id, w.balance, w.held, w.rules::text AS rules, w.version, w.created_at, w.updated_at, w.user_id, u.username, u.email,
    (extract(epoch FROM w.created_at) * 1000000)::bigint AS sort_key
FROM (
    SELECT *
    FROM wallets
    WHERE (created_at, id)
        > (coalesce($1::timestamptz, '-infinity'), coalesce($2::uuid, '00000000-0000-0000-0000-000000000000'))
    ORDER BY created_at, id
    LIMIT $3::bigint
) w
-- With a limit, so that no plan joins all users.
LEFT JOIN LATERAL (SELECT username, email FROM users WHERE users.id = w.user_id LIMIT 1) u ON true
ORDER BY w.created_at, w.id
