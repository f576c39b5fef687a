-- Totals of the wallets. A wallet's version is the number of its operations, so the ledger, by far the largest table, need not be read.
-- NaN balances are left out of the sum: an audit reports them. Reads all of wallets.
SELECT
    count(*) AS wallets,
    coalesce(sum(balance) FILTER (WHERE balance <> 'NaN'), 0) AS balance,
    coalesce(sum(version), 0)::bigint AS operations
FROM wallets
