-- Whether the user name and the address are taken; NULL is not. Served by users_username_key, users_email_key, whose
-- collation every search of a name or a key uses (storage/migrate/online.rs).
SELECT
    EXISTS (SELECT FROM users WHERE username = $1::text COLLATE "C") AS username,
    EXISTS (SELECT FROM users WHERE email = $2::text COLLATE "C") AS email
