-- Whether parts of names and addresses have an index. Served by the indexes of the catalogue.
SELECT EXISTS (
    SELECT
    FROM pg_class c
    JOIN pg_index i ON i.indexrelid = c.oid
    WHERE c.relname = 'users_by_part'
        AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
        AND i.indisvalid
        AND i.indisready
) AS has_index
