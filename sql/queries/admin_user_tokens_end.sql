-- Ends all tokens of a user. No row: there is no such user. Served by users_pkey, user_tokens_user_id_idx.
WITH ended AS (
    DELETE FROM user_tokens WHERE user_id = $1
), told AS (
    INSERT INTO access_changes (user_id) SELECT id FROM users WHERE id = $1 RETURNING pg_notify('wallet_engine_access', '')
)
SELECT count(*) AS told FROM told HAVING count(*) > 0
