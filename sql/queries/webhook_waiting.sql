-- The wallets of webhook $1 that wait, and in how many seconds each is due. Served by webhook_waiting_pkey.
SELECT
    wallet_id, cursor, attempts, first_failed_at, last_status, last_error,
    greatest(extract(epoch FROM next_attempt_at - clock_timestamp()), 0)::float8 AS due_in_s
FROM webhook_waiting
WHERE webhook_id = $1
