-- Ends on this node what a session of the coordinator, of pid $1 there, has opened here, as its name tells; returns how many there
-- were. $2 is the coordinator's own pid and $3 its number of itself (citus_backend_gpid), which differ by the number of its node. No table.
SELECT count(pg_terminate_backend(pid)) AS sessions
FROM pg_stat_activity
WHERE application_name = 'citus_internal gpid=' || ($3::bigint - $2::integer + $1::integer)::text
