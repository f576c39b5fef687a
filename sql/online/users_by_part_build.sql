CREATE INDEX CONCURRENTLY users_by_part
    ON users USING gin ((lower(username) || E'\n' || lower(email)) gin_trgm_ops)
    WITH (fastupdate = on, gin_pending_list_limit = 256)
