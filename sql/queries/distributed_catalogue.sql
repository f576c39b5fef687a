-- Whether the database has Citus' catalogue. No table.
SELECT to_regclass('pg_catalog.pg_dist_partition') IS NOT NULL AS has_catalogue
