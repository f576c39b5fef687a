-- Which of two names a user holds already; NULL is nobody's. Served by users_username_key, users_email_key.
SELECT
    EXISTS (SELECT FROM users WHERE username = $1::text) AS username,
    EXISTS (SELECT FROM users WHERE email_key = $2::text) AS email
