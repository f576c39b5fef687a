-- Those wallets as history_operations.sql leaves them.
UPDATE wallets SET version = $2::bigint, balance = $2::bigint * 0.01
WHERE user_id BETWEEN 2 AND $1::bigint + 1
