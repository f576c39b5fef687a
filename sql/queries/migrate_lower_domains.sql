-- Converts domains that were written by hand to lower case, as every engine stores them. Reads all users once.
UPDATE users
SET email = regexp_replace(email, '@[^@]*$', '') || lower(substring(email FROM '@[^@]*$')),
    email_key = regexp_replace(email, '@[^@]*$', '') || lower(substring(email FROM '@[^@]*$'))
WHERE substring(email FROM '@[^@]*$') <> lower(substring(email FROM '@[^@]*$'))
