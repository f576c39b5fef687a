-- Revokes key $1, by staff member $2 (NULL: the command line). No row: there is no such live key. Forgets changes that every engine has
-- learnt. Served by api_keys_pkey, access_changes_changed_at_idx.
WITH revoked AS (
    UPDATE api_keys SET revoked_at = now(), revoked_by = $2 WHERE id = $1 AND revoked_at IS NULL RETURNING id
), forgotten AS (
    DELETE FROM access_changes WHERE changed_at < now() - interval '10 minutes'
), changed AS (
    INSERT INTO access_changes (key_id) SELECT id FROM revoked RETURNING pg_notify('wallet_engine_access', '')
)
SELECT revoked.id FROM revoked, changed
