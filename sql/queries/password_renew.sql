-- Replaces the password hash of user $1, $2, which was compared, by $3, which is of the same password: sessions and tokens stay, as
-- nothing has changed for anyone. No row: the user has another hash. Served by users_pkey.
UPDATE users
SET password_hash = $3,
    password_renewal = password_tag(password_hash, password_renewal) || sha256(convert_to($3, 'UTF8'))
WHERE id = $1 AND password_hash = $2
RETURNING id
