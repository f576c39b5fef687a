-- Inserts a user and their empty wallet, and the idempotency key $5 of the registration unless it is NULL. users_username_key
-- and users_email_key reject names that are taken.
WITH registered AS (
    INSERT INTO users (username, email, password_hash, wallet_id)
    VALUES ($1, $2, $3, $4)
    RETURNING id, wallet_id
), named AS (
    INSERT INTO registration_keys (idempotency_key, user_id)
    SELECT $5::text, id FROM registered WHERE $5::text IS NOT NULL
)
INSERT INTO wallets (id, user_id)
SELECT wallet_id, id FROM registered
RETURNING user_id
