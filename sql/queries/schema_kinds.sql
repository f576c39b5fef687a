-- The kinds with their signs, and whether they are of transfers or reversals. Reads all of operation_kinds.
SELECT kind, balance_sign, held_sign, is_transfer, is_reversal FROM operation_kinds
