-- Totals. A wallet's version is the number of its operations, so the ledger, by far the largest table, need not be read. NaN
-- balances are left out of the sum: an audit reports them. Reads an index of users (index-only scan) and all of wallets.
SELECT
    (SELECT count(*) FROM users) AS users,
    count(*) AS wallets,
    coalesce(sum(balance) FILTER (WHERE balance <> 'NaN'), 0) AS balance,
    coalesce(sum(version), 0)::bigint AS operations
FROM wallets
