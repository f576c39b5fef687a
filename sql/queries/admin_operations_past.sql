-- Whether there are operations of before the feed, which have no place in it. Served by operations_feed_past.
SELECT EXISTS (SELECT seq FROM operations WHERE feed_run IS NULL) AS has_past
