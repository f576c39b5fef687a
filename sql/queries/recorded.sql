-- Which of these operations, by their seq and id, the ledger holds and since when, and whether the server is read-only: then it may lag
-- behind the primary, and the result proves nothing. Served by operations_pkey.
--
-- A row that is found may be on this server alone: the session that wrote it may have been terminated while it waited for a
-- synchronous standby. So a statement that finds one writes a message to the write-ahead log: when its own commit is
-- confirmed, the standby has the row as well. A transaction id would not be enough, as PostgreSQL waits for no standby when a
-- transaction has written nothing.
WITH found AS MATERIALIZED (
    SELECT o.wallet_id, o.created_at
    FROM unnest($1::uuid[], $2::bigint[], $3::uuid[]) AS sought (wallet_id, seq, id)
    JOIN operations o ON o.wallet_id = sought.wallet_id AND o.seq = sought.seq AND o.id = sought.id
), durable AS MATERIALIZED (
    SELECT pg_logical_emit_message(true, 'wallet-engine', '') FROM (SELECT FROM found LIMIT 1) AS any_row
)
SELECT
    array(SELECT wallet_id FROM found) AS wallets,
    array(SELECT created_at FROM found) AS times,
    pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean AS is_read_only
WHERE (SELECT count(*) FROM durable) >= 0
