-- Takes the names of these users away until import_change.sql sets them in the same transaction: names that two users exchange are
-- nobody's in between. Served by users_pkey.
UPDATE users SET username = 'import ' || id, email = 'import ' || id WHERE id = ANY ($1::bigint[])
