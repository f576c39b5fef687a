-- Whether the table of the migration history exists. No table.
SELECT to_regclass('refinery_schema_history') IS NOT NULL AS has_history
