-- Has a copy of table $1 on every node, and keeps them alike. Copies the whole table.
SELECT create_reference_table($1::text::regclass)
