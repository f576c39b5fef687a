-- The number of operations more than a minute ahead of the database's clock, up to $1. Served by operations_created_at (BRIN),
-- for the few pages with such times and those not yet summarised.
SELECT count(*) AS operations
FROM (SELECT seq FROM operations WHERE created_at > now() + interval '1 minute' LIMIT $1::bigint) future
