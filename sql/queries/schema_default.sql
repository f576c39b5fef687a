-- The schema in which new tables would be created, whether this role may create them there, and the encoding of the
-- database. No table.
SELECT
    current_schema()::text AS name,
    coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS may_create,
    current_setting('search_path') AS search_path,
    current_user::text AS role,
    current_setting('server_encoding') AS encoding
