-- Who has one of these user names, addresses or wallets. Served by users_username_key, users_email_key and users_wallet_id_key.
SELECT id, username, email, wallet_id
FROM users
WHERE username = ANY ($1::text[]) OR email = ANY ($2::text[]) OR wallet_id = ANY ($3::uuid[])
