-- What V9 left for engines of before. Those that are still there answer registrations with 503, and change no user, until they
-- are replaced.
SET LOCAL lock_timeout = '200ms';
ALTER TABLE users DROP COLUMN email_key;
