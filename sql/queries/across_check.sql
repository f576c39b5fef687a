-- Of a commit over several nodes: whether a wallet without rows to write is as expected. Served by wallets_pkey.
SELECT NULL::timestamptz AS updated_at FROM wallets WHERE id = $1 AND version = $2 AND balance = $3 AND held = $4
