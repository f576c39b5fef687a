-- Users from $1 to $2 whom an import brought, without the numbers $3: the first $4. Served by users_pkey.
SELECT id, username
FROM users
WHERE id BETWEEN $1 AND $2 AND imported_at IS NOT NULL AND id <> ALL ($3::bigint[])
ORDER BY id
LIMIT $4
