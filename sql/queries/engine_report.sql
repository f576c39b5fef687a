-- Records what an engine reports, and its newest sample, which was taken $8 seconds ago. Returns how many other engines have
-- reported under its name for longer than a restart takes. Served by engines_pkey and engine_samples_pkey; there are few rows.
WITH reported AS (
    INSERT INTO engines (id, name, address, started_at, seen_at, report)
    VALUES ($1, $2, $3, clock_timestamp() - make_interval(secs => $4), clock_timestamp(), $5::text::jsonb)
    ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at, report = excluded.report
    RETURNING id, name, started_at
), sampled AS (
    INSERT INTO engine_samples (engine_id, slot, at, counters)
    SELECT id, $6, clock_timestamp() - make_interval(secs => $8), $7::text::jsonb FROM reported
    ON CONFLICT (engine_id, slot) DO UPDATE SET at = excluded.at, counters = excluded.counters
)
SELECT count(other.id) AS namesakes
FROM reported LEFT JOIN engines AS other
    ON other.name = reported.name AND other.id <> reported.id
    AND other.seen_at > reported.started_at + interval '10 seconds'
    AND other.seen_at > clock_timestamp() - interval '20 seconds'
