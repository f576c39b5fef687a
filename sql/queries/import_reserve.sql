-- Has the numbers of new users begin above $1, if they do not yet.
SELECT setval(pg_get_serial_sequence('users', 'id'), $1::bigint)
FROM (
    SELECT last_value FROM pg_sequences
    WHERE format('%I.%I', schemaname, sequencename)::regclass = pg_get_serial_sequence('users', 'id')::regclass
) s
WHERE coalesce(s.last_value, 0) < $1::bigint
