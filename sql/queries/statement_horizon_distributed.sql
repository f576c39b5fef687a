-- Does what statement_horizon.sql does on each node, the coordinator among them: the earliest of their times; NULL if one does not respond.
-- All nodes.
--
-- A prepared transaction has the time at which it was prepared: it began less than $1 seconds before.
SELECT
    CASE WHEN bool_and(success AND result <> '') THEN to_timestamp(min(CASE WHEN success THEN nullif(result, '')::float8 END)) END AS horizon
FROM run_command_on_all_nodes(format(
    $command$
    SELECT extract(epoch FROM least(
        now() - make_interval(secs => %1$L),
        (SELECT min(xact_start) FROM pg_stat_activity WHERE datname = current_database() AND backend_xid IS NOT NULL),
        (SELECT min(prepared) - make_interval(secs => %1$L) FROM pg_prepared_xacts WHERE database = current_database())
    ))
    $command$,
    $1::float8
))
