-- Of a commit over several nodes: the position in the feed of what it writes on the node that has wallet $1. Sent after across_place.sql, as
-- a statement sees the base that was there when it began. Served by wallets_pkey.
SELECT feed_position() AS position FROM wallets WHERE id = $1
