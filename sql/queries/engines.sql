-- Engines and what they last reported, in the order of their names. Reads all of the few rows.
SELECT id, name, address, started_at, seen_at, report::text AS report,
    extract(epoch FROM clock_timestamp() - seen_at)::double precision AS age_s
FROM engines ORDER BY name, started_at, id LIMIT 200
