-- A page of all wallets, the newest first. Served by wallets_created_at and users_pkey.
--
-- $1 and $2 are where the previous page ended, or NULL. sort_key ascends in every list of wallets.
SELECT
    false AS is_cut,
    w.id, w.balance, w.held, w.rules::text AS rules, w.version, w.created_at, w.updated_at, w.user_id, u.username, u.email,
    -(extract(epoch FROM w.created_at) * 1000000)::bigint AS sort_key
FROM (
    SELECT *
    FROM wallets
    WHERE (created_at, id)
        < (coalesce($1::timestamptz, 'infinity'), coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
    ORDER BY created_at DESC, id DESC
    LIMIT $3::bigint
) w
-- With a limit, so that no plan joins all users.
LEFT JOIN LATERAL (SELECT username, email FROM users WHERE users.id = w.user_id LIMIT 1) u ON true
ORDER BY w.created_at DESC, w.id DESC
