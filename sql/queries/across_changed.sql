-- Of a commit over several nodes: what remains of an earlier hold of wallet $1. Served by holds_pkey.
UPDATE holds SET remaining = $3 WHERE wallet_id = $1 AND seq = $2
