-- Where new tables would be made: the first schema of the search path that exists, and whether this role may make them
-- there; and the encoding of the database. No table of ours.
SELECT
    current_schema()::text AS name,
    coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS may_create,
    current_setting('search_path') AS search_path,
    current_user::text AS role,
    current_setting('server_encoding') AS encoding
