-- The nodes that hold shards, in order. Reads pg_dist_node, a row a node.
SELECT groupid, nodename AS host, nodeport AS port
FROM pg_dist_node
WHERE noderole = 'primary' AND isactive AND shouldhaveshards
ORDER BY groupid
