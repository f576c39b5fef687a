-- The applied migrations. Served by refinery_schema_history_pkey.
SELECT version, name::text AS name, checksum::text AS checksum FROM refinery_schema_history ORDER BY version
