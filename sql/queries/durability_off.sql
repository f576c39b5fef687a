-- The settings that must not be off if an answered operation is to survive a power cut, or the loss of the primary where
-- there are synchronous standbys, and are. No table.
SELECT name
FROM pg_settings
WHERE (name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off')
    OR (name = 'synchronous_commit' AND setting = 'local' AND current_setting('synchronous_standby_names') <> '')
ORDER BY name
