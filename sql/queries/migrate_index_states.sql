-- How far each index named $1 is on its way to the order of bytes; no row for one that is not there at all. Indexes of the
-- schema that is used alone. Served by the catalogue's own indexes.
--
-- is_sorted: every text in it is in the order of "C". is_built: its successor beside it is complete; NULL: there is none.
WITH found AS (
    SELECT
        c.relname::text AS name,
        i.indisvalid AND i.indisready AS is_valid,
        NOT EXISTS (
            SELECT FROM unnest(i.indcollation) AS text (collation_id)
            WHERE text.collation_id <> 0 AND text.collation_id <> '"C"'::regcollation
        ) AS is_sorted
    FROM pg_index i
    JOIN pg_class c ON c.oid = i.indexrelid
    WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
)
SELECT
    present.name,
    present.is_sorted,
    built.is_valid AS is_built,
    EXISTS (SELECT FROM found WHERE name = present.name || '_old') AS has_old
FROM unnest($1::text[]) AS sought (name)
JOIN found present ON present.name = sought.name
LEFT JOIN found built ON built.name = sought.name || '_bytes'
