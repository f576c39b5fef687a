-- Of a commit over several nodes: the holds of wallet $1 that its rows close. Served by holds_pkey.
DELETE FROM holds WHERE wallet_id = $1 AND seq = ANY ($2::bigint[])
