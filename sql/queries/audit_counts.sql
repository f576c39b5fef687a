-- The numbers of rows that an audit of the wallets from $1 to $2 checks. Served by users_wallet_id_key, wallets_pkey and operations_pkey.
SELECT
    (SELECT count(*) FROM users WHERE wallet_id BETWEEN $1::uuid AND $2::uuid) AS users,
    (SELECT count(*) FROM wallets WHERE id BETWEEN $1 AND $2) AS wallets,
    (SELECT count(*) FROM operations WHERE wallet_id BETWEEN $1 AND $2) AS operations
