-- How much there is. A wallet's version is the number of its operations, so the ledger, which is the largest table by far,
-- need not be read. A balance that is no number (NaN), which an audit names, would make the sum none. Reads an index of
-- users alone (index-only), and all of wallets.
SELECT
    (SELECT count(*) FROM users) AS users,
    count(*) AS wallets,
    coalesce(sum(balance) FILTER (WHERE balance <> 'NaN'), 0) AS balance,
    coalesce(sum(version), 0)::bigint AS operations
FROM wallets
