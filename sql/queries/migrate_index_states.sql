-- The state of each index named $1 in its conversion to byte order; no row for one that does not exist. Only the current
-- schema. Served by the indexes of the catalogue.
--
-- is_sorted: every text column has collation "C". is_built: its successor is complete; NULL: there is none.
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
