-- Makes the commit of this transaction wait for the standbys of the node that has wallet $1 (recorded.sql). What a SELECT of one node
-- computes is computed there. Served by wallets_pkey.
SELECT pg_logical_emit_message(true, 'wallet-engine', '') FROM wallets WHERE id = $1
