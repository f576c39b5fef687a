-- Ends a token of a user. Forgets changes that every engine has learnt. Served by user_tokens_pkey, access_changes_changed_at_idx.
WITH ended AS (
    DELETE FROM user_tokens WHERE digest = $1 RETURNING user_id
), forgotten AS (
    DELETE FROM access_changes WHERE changed_at < now() - interval '10 minutes'
), changed AS (
    INSERT INTO access_changes (user_id) SELECT user_id FROM ended RETURNING pg_notify('wallet_engine_access', '')
)
SELECT count(*) AS ended FROM changed
