-- The constraints, indexes and identity columns of the current schema. Served by the indexes of the catalogue.
--
-- definition is one line, without the schema's name. is_usable: the index, or the one of the constraint, is complete.
WITH ours AS (
    SELECT c.oid, c.relname::text AS name
    FROM pg_class c
    WHERE c.relkind IN ('r', 'p') AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
), usable AS (
    SELECT indexrelid, indrelid, indisvalid AND indisready AS is_usable FROM pg_index
)
SELECT 'constraint' AS kind, ours.name AS on_table, c.conname::text AS name,
    regexp_replace(regexp_replace(pg_get_constraintdef(c.oid), ' NOT VALID$', ''), '\s+', ' ', 'g') AS definition,
    coalesce(u.is_usable, true) AS is_usable
FROM pg_constraint c
JOIN ours ON ours.oid = c.conrelid
LEFT JOIN usable u ON u.indexrelid = c.conindid AND u.indrelid = c.conrelid
WHERE c.contype IN ('p', 'u', 'f', 'c')
UNION ALL
SELECT 'index', ours.name, i.relname::text,
    replace(pg_get_indexdef(i.oid), format(' ON %I.', current_schema()), ' ON '), u.is_usable
FROM usable u
JOIN ours ON ours.oid = u.indrelid
JOIN pg_class i ON i.oid = u.indexrelid
WHERE NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.oid AND c.conrelid = ours.oid)
UNION ALL
SELECT 'identity', ours.name, a.attname::text, 'GENERATED ALWAYS AS IDENTITY', true
FROM pg_attribute a
JOIN ours ON ours.oid = a.attrelid
WHERE a.attidentity <> '' AND NOT a.attisdropped
