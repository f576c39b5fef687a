-- Records the end of a run. Served by imports_pkey.
UPDATE imports SET ended_at = clock_timestamp(), differences = $2 WHERE id = $1
