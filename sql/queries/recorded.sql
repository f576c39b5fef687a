-- Which of these operations the ledger holds, looked for where they would stand, and whether this server may tell: one that
-- takes no writes lags behind the one that does. Served by operations_pkey.
--
-- A row that is found may be on this server alone: the session that wrote it may have been ended while it waited for a
-- synchronous standby. So the statement that finds one writes a message into the log, and its own commit is as durable as any:
-- what it was answered with was on the standby before. A transaction id alone would not do, PostgreSQL waits for no standby
-- when a transaction has written nothing.
WITH found AS MATERIALIZED (
    SELECT o.wallet_id
    FROM unnest($1::uuid[], $2::bigint[], $3::uuid[]) AS sought (wallet_id, seq, id)
    JOIN operations o ON o.wallet_id = sought.wallet_id AND o.seq = sought.seq AND o.id = sought.id
), durable AS MATERIALIZED (
    SELECT pg_logical_emit_message(true, 'wallet-engine', '') FROM (SELECT FROM found LIMIT 1) AS any_row
)
SELECT
    array(SELECT wallet_id FROM found) AS wallets,
    pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean AS is_read_only
WHERE (SELECT count(*) FROM durable) >= 0
