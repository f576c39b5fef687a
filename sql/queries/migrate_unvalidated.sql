-- Constraints that were not validated for existing rows. Only the current schema. Served by the indexes of the catalogue.
SELECT c.conname::text AS name, t.relname::text AS on_table
FROM pg_constraint c
JOIN pg_class t ON t.oid = c.conrelid
WHERE NOT c.convalidated
    AND c.contype = 'c'
    AND t.relname IN ('users', 'wallets', 'operations', 'adjustments', 'user_changes')
    AND c.conname LIKE '%\_check'
    AND c.connamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
ORDER BY c.conname
