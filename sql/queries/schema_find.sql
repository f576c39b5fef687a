-- The schemas that have the engine's tables and that this role may use, those of the search path first. Served by the indexes
-- of pg_namespace and pg_class.
--
-- is_explicit: the search path was set by the client, in the options of its address.
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
