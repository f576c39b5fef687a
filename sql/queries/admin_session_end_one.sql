-- Ends session $2 of user $1, unless it is that of token $3. No row: it was over. Served by admin_sessions_user_id_idx.
DELETE FROM admin_sessions WHERE user_id = $1 AND id = $2 AND token_hash <> $3 RETURNING id
