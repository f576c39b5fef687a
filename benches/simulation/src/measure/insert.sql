INSERT INTO operations (wallet_id, seq, id, kind, amount, balance_after, feed_position, feed_run)
VALUES ($1, $2, $3, 'DEPOSIT', 1.00, $4, NULL, 0)
