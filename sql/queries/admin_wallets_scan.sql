-- A page of all wallets with a balance from $1 to $2, either of which may be NULL, in the order that $3 names. Served by a
-- sequential scan with a top-N sort, and by users_pkey: no column that an operation changes is indexed
-- (migrations/V4__corrections.sql).
--
-- NaN sorts above all numbers, so a NaN balance comes above the greatest one.
--
-- $4 and $5 are the sort_key and id where the previous page ended, or NULL.
SELECT
    false AS is_cut,
    w.id, w.balance, w.held, w.rules::text AS rules, w.version, w.created_at, w.updated_at, w.user_id, u.username, u.email, w.sort_key
FROM (
    SELECT wallets.*, sorted.sort_key
    FROM wallets
    CROSS JOIN LATERAL (
        SELECT CASE $3::text
            WHEN 'newest' THEN -(extract(epoch FROM created_at) * 1000000)
            WHEN 'oldest' THEN extract(epoch FROM created_at) * 1000000
            WHEN 'latest' THEN -(extract(epoch FROM updated_at) * 1000000)
            WHEN 'richest' THEN -least(balance, 10000000000) * 100
            WHEN 'poorest' THEN least(balance, 10000000000) * 100
        END::bigint AS sort_key
    ) sorted
    WHERE balance BETWEEN coalesce($1::numeric, 0) AND coalesce($2::numeric, 'NaN')
        AND ($4::bigint IS NULL OR (sorted.sort_key, id) > ($4, $5::uuid))
    ORDER BY sorted.sort_key, id
    LIMIT $6::bigint
) w
-- With a limit, so that no plan joins all users.
LEFT JOIN LATERAL (SELECT username, email FROM users WHERE users.id = w.user_id LIMIT 1) u ON true
ORDER BY w.sort_key, w.id
