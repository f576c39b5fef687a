-- The number of all users. Reads an index of them (index-only scan).
SELECT count(*) AS users FROM users
