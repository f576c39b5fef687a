-- The kinds with their signs, and whether they are of transfers. Reads all of operation_kinds.
SELECT kind, balance_sign, held_sign, is_transfer FROM operation_kinds
