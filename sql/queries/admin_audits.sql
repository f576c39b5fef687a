-- The last $1 audits, newest first. Served by audits_pkey, users_pkey.
--
-- An audit is running if it has not finished and a session holds advisory lock $2 of this database, which ends with the
-- connection of its engine. Of several unfinished audits, only the last can be running. pg_locks has the lock's number in
-- two halves.
SELECT
    a.id, staff.username AS staff, a.started_at, a.seen_at, a.finished_at, a.slices_done, a.users, a.wallets,
    a.operations, a.breaches, a.breach_wallets, a.breach_texts, a.error,
    a.finished_at IS NULL AND a.id = (SELECT max(id) FROM audits) AND EXISTS (
        SELECT
        FROM pg_locks l
        JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()
        WHERE l.locktype = 'advisory'
            AND l.granted
            AND l.objsubid = 1
            AND l.classid::bigint = $2::bigint >> 32
            AND l.objid::bigint = $2 & 4294967295
    ) AS is_running
FROM audits a
JOIN users staff ON staff.id = a.staff_id
ORDER BY a.id DESC
LIMIT $1::bigint
