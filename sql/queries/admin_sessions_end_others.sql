-- Ends all sessions of user $1 but that of token $2. No row: there were none. Served by admin_sessions_user_id_idx.
DELETE FROM admin_sessions WHERE user_id = $1 AND token_hash <> $2 RETURNING id
