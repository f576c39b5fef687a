-- What the nodes and the role are, where the extension citus is. Reads catalogues of few rows.
--
-- may_settle: an engine that has lost a session settles what that session had prepared on several nodes.
SELECT
    (SELECT groupid = 0 FROM pg_dist_local_group) AS is_coordinator,
    EXISTS (SELECT FROM pg_dist_node WHERE groupid = 0) AS has_coordinator,
    (SELECT count(*) FROM pg_dist_node WHERE noderole = 'primary' AND isactive AND shouldhaveshards) AS nodes,
    current_user::text AS role,
    has_function_privilege('recover_prepared_transactions()', 'EXECUTE') AS may_settle,
    (
        SELECT coalesce(bool_and(pg_has_role(relowner, 'USAGE')), true)
        FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace
            AND relname IN ('wallets', 'operations', 'holds', 'adjustments', 'operation_kinds')
    ) AS is_owner
