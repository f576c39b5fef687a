-- What an audit looks at. Sequential scans by intent.
SELECT
    (SELECT count(*) FROM users) AS users,
    (SELECT count(*) FROM wallets) AS wallets,
    (SELECT count(*) FROM operations) AS operations
