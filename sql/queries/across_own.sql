-- The pid of this session, its number in the whole cluster, and the group of its node. No table.
SELECT pg_backend_pid() AS pid, citus_backend_gpid()::bigint AS gpid, (SELECT groupid FROM pg_dist_local_group) AS group
