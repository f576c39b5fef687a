-- The kinds with their signs. Reads all of operation_kinds.
SELECT kind, balance_sign, held_sign FROM operation_kinds
