-- Addresses that several users have, once domains are in lower case: the first ten, each with up to ten of its users, and
-- their total number. Reads all users once.
SELECT
    address,
    array_to_string((array_agg(id ORDER BY id))[1:10], ', ') AS users,
    count(*) OVER () AS addresses
FROM users
CROSS JOIN LATERAL (
    SELECT (regexp_replace(email, '@[^@]*$', '') || coalesce(lower(substring(email FROM '@[^@]*$')), '')) COLLATE "C"
) AS stored (address)
GROUP BY address
HAVING count(*) > 1
ORDER BY min(id)
LIMIT 10
