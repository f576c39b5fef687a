-- The schemas that have our tables and that this role may use, those of the search path first. Served by pg_namespace's
-- and pg_class's own indexes.
--
-- is_explicit: the client's address sets the search path itself, in its options.
SELECT
    n.nspname::text AS name,
    n.nspname = ANY (current_schemas(false)) AS is_on_path,
    (SELECT source = 'client' FROM pg_settings WHERE name = 'search_path') AS is_explicit
FROM pg_namespace n
WHERE n.nspname NOT LIKE 'pg\_%'
    AND has_schema_privilege(n.oid, 'USAGE')
    AND (
        SELECT count(*) = 3
        FROM pg_class c
        WHERE c.relnamespace = n.oid
            AND c.relname IN ('wallets', 'operations', 'refinery_schema_history')
            AND c.relkind IN ('r', 'p')
    )
ORDER BY is_on_path DESC, name
