-- Passwords whose hash is replaced by another one of the same password: what another program stored, once its user has signed in.
--
-- Sessions and tokens have the SHA-256 of the hash that their password was checked with, and are valid while the user has that
-- password. So a user whose hash was renewed needs both: that which was set, and that which it is now.
--
-- An engine of an earlier version does not know the column, and takes the tokens and sessions of a user whose hash was renewed for ended.
SET LOCAL lock_timeout = '200ms';
-- The SHA-256 of the hash that was set, followed by that of the hash that it was renewed to. It counts while the latter is the user's:
-- who sets a password, also by hand, need not know it. NULL: never renewed.
ALTER TABLE users ADD COLUMN password_renewal bytea;

-- What sessions and tokens of a user have: the SHA-256 of the hash that was set.
CREATE FUNCTION password_tag(password_hash text, password_renewal bytea) RETURNS bytea LANGUAGE sql STABLE
    RETURN CASE substr(password_renewal, 33)
        WHEN sha256(convert_to(password_hash, 'UTF8')) THEN substr(password_renewal, 1, 32)
        ELSE sha256(convert_to(password_hash, 'UTF8'))
    END;
