-- The samples of the last $1 seconds of every engine but $2, in order. Reads all rows: less than two hundred for each of few
-- engines.
SELECT engine_id, at, counters::text AS counters
FROM engine_samples WHERE at > clock_timestamp() - make_interval(secs => $1) AND engine_id <> $2
ORDER BY engine_id, at LIMIT 40000
