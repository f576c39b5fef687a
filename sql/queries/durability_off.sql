-- The settings that must not be off if an answered operation is to survive a power cut, and are. No table.
SELECT name
FROM pg_settings
WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off'
ORDER BY name
