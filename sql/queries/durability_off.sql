-- The settings that are off, and without which an acknowledged operation may not survive a power failure, or the loss of the
-- primary where there are synchronous standbys. No table.
SELECT name
FROM pg_settings
WHERE (name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off')
    OR (name = 'synchronous_commit' AND setting = 'local' AND current_setting('synchronous_standby_names') <> '')
ORDER BY name
