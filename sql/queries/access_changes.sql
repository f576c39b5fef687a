-- What was changed within the last $1 seconds. Served by access_changes_changed_at_idx.
SELECT id, key_id, user_id FROM access_changes WHERE changed_at > now() - make_interval(secs => $1)
