-- Every kind with its signs. Reads all of operation_kinds, a row a kind.
SELECT kind, balance_sign, held_sign FROM operation_kinds
