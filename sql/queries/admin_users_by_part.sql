-- At most $4 users with the pattern $1 in their name or address, case-insensitively, unordered; $2 and $3 are the flags to filter by, or
-- NULL. Served by users_by_part, an index that not every database has (storage/migrate/part_search.rs); of a part that many have, by a
-- scan that ends as soon as it has found enough. No name and no address has a line break, so no part begins in one and ends in the other.
SELECT id, username, email, is_active, is_staff, role, created_at, wallet_id
FROM users
WHERE lower(username) || E'\n' || lower(email) LIKE lower($1::text)
    AND ($2::boolean IS NULL OR is_active = $2)
    AND ($3::boolean IS NULL OR is_staff = $3)
LIMIT $4::bigint
