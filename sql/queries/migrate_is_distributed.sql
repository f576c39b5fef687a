-- Whether wallets are distributed, where the extension citus is. Served by the primary key of pg_dist_partition.
SELECT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = to_regclass('wallets')) AS is_distributed
