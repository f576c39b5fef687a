-- The lowest connection limit that applies to this role: of the role, the database or the server. No table.
SELECT limits.name, limits.sessions
FROM pg_roles r, pg_database d, LATERAL (
    VALUES
        ('the role''s CONNECTION LIMIT', r.rolconnlimit::bigint),
        ('the database''s CONNECTION LIMIT', d.datconnlimit::bigint),
        (
            'max_connections of the server, less what it keeps for superusers',
            current_setting('max_connections')::bigint - current_setting('superuser_reserved_connections')::bigint
        )
) AS limits (name, sessions)
WHERE r.rolname = current_user AND d.datname = current_database() AND NOT r.rolsuper AND limits.sessions >= 0
ORDER BY limits.sessions
LIMIT 1
