-- The operations of a wallet within a range of seqs, oldest first, with what never changes of them. Served by operations_pkey.
SELECT
    seq, kind, amount, balance_after, held_after, created_at, transfer_id, other_wallet, reference, hold_seq, reverses_seq
FROM operations
WHERE wallet_id = $1 AND seq BETWEEN $2 AND $3
ORDER BY seq
