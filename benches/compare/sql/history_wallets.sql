-- Those wallets as history_operations.sql leaves them.
UPDATE wallets SET version = $3::bigint, balance = $3::bigint * $4::bigint * 0.01
WHERE user_id BETWEEN $1::bigint + 1 AND $2::bigint + 1
