-- The version of the extension that distributes tables; no row if the database does not have it. Served by pg_extension_name_index.
SELECT extversion AS version FROM pg_extension WHERE extname = 'citus'
