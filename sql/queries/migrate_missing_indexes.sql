-- Those of the indexes $1 that do not exist or are not complete; each is of the table in $2 at its place, and counts only if that
-- exists. Only the current schema. Served by the indexes of the catalogue.
SELECT sought.name
FROM unnest($1::text[], $2::text[]) AS sought (name, on_table)
JOIN pg_namespace n ON n.nspname = current_schema()
JOIN pg_class t ON t.relname = sought.on_table AND t.relnamespace = n.oid
LEFT JOIN pg_class c ON c.relname = sought.name AND c.relnamespace = n.oid
LEFT JOIN pg_index i ON i.indexrelid = c.oid
WHERE NOT coalesce(i.indisvalid AND i.indisready, false)
