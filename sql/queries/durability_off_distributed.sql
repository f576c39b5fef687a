-- Does what durability_off.sql does on each node, the coordinator among them: each setting with the node where it is off. A node that does
-- not respond has no row. All nodes.
SELECT off.name || ' on ' || n.nodename || ':' || n.nodeport AS name
FROM run_command_on_all_nodes($command$
    SELECT string_agg(name, ' ' ORDER BY name)
    FROM pg_settings
    WHERE (name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off')
        OR (name = 'synchronous_commit' AND setting = 'local' AND current_setting('synchronous_standby_names') <> '')
$command$) asked
JOIN pg_dist_node n ON n.nodeid = asked.nodeid
CROSS JOIN LATERAL string_to_table(asked.result, ' ') AS off (name)
WHERE asked.success AND off.name <> ''
ORDER BY n.nodeid, off.name
