-- The engine that has reported last, if that is less than $1 seconds ago. Reads all of the few rows.
SELECT name, address, extract(epoch FROM clock_timestamp() - seen_at)::double precision AS age_s
FROM engines
WHERE seen_at > clock_timestamp() - make_interval(secs => $1)
ORDER BY seen_at DESC
LIMIT 1
