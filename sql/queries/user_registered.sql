-- The user who was registered under this key, as they are now, and whether the server is read-only: then the result proves
-- nothing. Served by registration_keys_pkey, users_pkey.
--
-- Staff are left out: their passwords are checked only where attempts are counted, by the panel.
--
-- The row may be on this server alone, so a statement that finds it writes something itself (see recorded.sql).
WITH found AS MATERIALIZED (
    SELECT u.username, u.email, u.password_hash, u.wallet_id
    FROM registration_keys k
    JOIN users u ON u.id = k.user_id
    WHERE k.idempotency_key = $1 AND NOT u.is_staff
), durable AS MATERIALIZED (
    SELECT pg_logical_emit_message(true, 'wallet-engine', '') FROM found
)
SELECT
    found.*,
    pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean AS is_read_only
FROM found
WHERE (SELECT count(*) FROM durable) >= 0
