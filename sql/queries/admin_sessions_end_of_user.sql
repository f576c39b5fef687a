-- Ends all sessions of a user. Served by admin_sessions_user_id_idx.
DELETE FROM admin_sessions WHERE user_id = $1
