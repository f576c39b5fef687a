-- Deletes the rows of table $1 that are on the coordinator still, and that nothing reads since they are distributed.
SELECT truncate_local_data_after_distributing_table($1::text::regclass)
