-- A user and their empty wallet. $4: the address must not be held by anybody; otherwise it is held by this
-- user only if nobody did before. $6: the key of the registration, if it has one. Served by users_email_key.
WITH registered AS (
    INSERT INTO users (username, email, email_key, password_hash, wallet_id)
    VALUES (
        $1, $2,
        CASE WHEN $4 OR NOT EXISTS (SELECT FROM users WHERE email_key = $2 COLLATE "C") THEN $2 END,
        $3, $5
    )
    RETURNING id, wallet_id
), named AS (
    INSERT INTO registration_keys (idempotency_key, user_id)
    SELECT $6::text, id FROM registered WHERE $6::text IS NOT NULL
)
INSERT INTO wallets (id, user_id)
SELECT wallet_id, id FROM registered
RETURNING user_id
