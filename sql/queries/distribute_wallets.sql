-- Distributes wallets over $1 shards, with the rows that are there. Not with other tables that are not ours, however alike: they
-- would be moved together. Copies the whole table.
SELECT create_distributed_table('wallets', 'id', colocate_with => 'none', shard_count => $1)
