-- The session that holds advisory lock $1 of this database, as far as this role may see it. pg_locks has the lock's number in
-- two halves. No table.
SELECT format(
    'session %s of role %s (application %s, client %s), connected since %s, %s since %s',
    l.pid,
    coalesce(a.usename::text, 'unknown'),
    coalesce(nullif(a.application_name, ''), 'unknown'),
    coalesce(host(a.client_addr), 'unknown'),
    coalesce(a.backend_start::text, 'unknown'),
    coalesce(a.state, 'in an unknown state'),
    coalesce(a.state_change::text, 'unknown')
) AS holder
FROM pg_locks l
JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()
LEFT JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory'
    AND l.granted
    AND l.objsubid = 1
    AND l.classid::bigint = $1::bigint >> 32
    AND l.objid::bigint = $1 & 4294967295
LIMIT 1
