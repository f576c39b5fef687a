-- Whether any migration was ever begun. No table of ours.
SELECT to_regclass('refinery_schema_history') IS NOT NULL AS has_history
