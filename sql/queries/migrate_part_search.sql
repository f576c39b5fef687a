-- Whether the index of parts is built, in which schema its extension is, as an identifier (NULL: nowhere), and whether this role may
-- create the extension. Served by the indexes of the catalogue.
SELECT
    EXISTS (
        SELECT
        FROM pg_class c
        JOIN pg_index i ON i.indexrelid = c.oid
        WHERE c.relname = 'users_by_part'
            AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
            AND i.indisvalid
            AND i.indisready
    ) AS is_built,
    (
        SELECT quote_ident(n.nspname)
        FROM pg_extension e
        JOIN pg_namespace n ON n.oid = e.extnamespace
        WHERE e.extname = 'pg_trgm'
    ) AS extension_schema,
    EXISTS (
        SELECT
        FROM pg_available_extension_versions v
        WHERE v.name = 'pg_trgm'
            AND (
                v.trusted AND has_database_privilege(current_database(), 'CREATE')
                OR (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
            )
    ) AS may_create
