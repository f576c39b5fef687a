-- Distributes table $1 as wallets are, so that what belongs to a wallet is on the node of the wallet. Copies the whole table.
SELECT create_distributed_table($1::text::regclass, 'wallet_id', colocate_with => 'wallets')
