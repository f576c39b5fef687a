-- An e-mail address belongs to one user alone, as it is stored: with its domain in lower case.
--
-- The index was built beside writers, after users who share an address were looked for (storage/migrate/emails.rs).
--
-- email_key, the address if its user held it alone, is not read any more. The column stays for the engines of before that
-- go on beside this migration: they write it.
--
-- NOT VALID, and so brief a wait: as V7.
SET LOCAL lock_timeout = '200ms';
ALTER TABLE users
    DROP CONSTRAINT users_email_key_check,
    DROP CONSTRAINT IF EXISTS users_email_key,
    ADD CONSTRAINT users_email_domain_check CHECK (email !~ '@[^@]*[A-Z][^@]*$') NOT VALID;
-- An index alone, where it was put in the order of bytes.
DROP INDEX IF EXISTS users_email_key;
ALTER INDEX users_email_key_bytes RENAME TO users_email_key;
