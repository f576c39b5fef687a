-- Which of two names a user holds already; NULL is nobody's. Served by users_username_key, users_email_key, in
-- whose order it searches (storage/migrate/online.rs); so for every search of a name or a key.
SELECT
    EXISTS (SELECT FROM users WHERE username = $1::text COLLATE "C") AS username,
    EXISTS (SELECT FROM users WHERE email = $2::text COLLATE "C") AS email
