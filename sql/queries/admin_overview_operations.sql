-- Operations from $1 until before $2: operations_created_at leads to the pages of that time.
SELECT count(*) AS operations
FROM operations
WHERE created_at >= $1 AND created_at < $2
