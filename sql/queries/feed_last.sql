-- The last position that the database has; no row if it has none. Served by operations_feed.
SELECT feed_position FROM operations WHERE feed_position IS NOT NULL ORDER BY feed_position DESC LIMIT 1
