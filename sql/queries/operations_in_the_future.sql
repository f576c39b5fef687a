-- Operations of a time more than a minute ahead of the database's clock, $1 at most. Served by operations_created_at,
-- which leads to the few pages with such times and to those that are not summarised yet.
SELECT count(*) AS operations
FROM (SELECT FROM operations WHERE created_at > now() + interval '1 minute' LIMIT $1::bigint) future
