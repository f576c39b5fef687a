-- Locks a wallet's row against other writers until the transaction ends, waiting for lock_timeout at most. Served by wallets_pkey.
--
-- The wallet is read by wallets_load.sql after it: this statement's snapshot may be from before the lock was got, of which only the row
-- that it waited for would be read anew, and not its holds.
SELECT FROM wallets WHERE id = $1 FOR NO KEY UPDATE
