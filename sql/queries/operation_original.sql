-- A wallet's operation, what was reversed of it, and the wallet's version at that time; no operation in the row if there is none of
-- that number, and no row if there is no such wallet. Served by wallets_pkey, operations_pkey and operations_reverses.
SELECT
    w.version AS as_of, o.kind, o.amount, o.transfer_id, o.other_wallet, o.other_seq,
    (
        SELECT coalesce(sum(r.amount), 0)
        FROM operations r
        WHERE r.wallet_id = $1::uuid AND r.reverses_seq = $2::bigint
    ) AS reversed
FROM wallets w
LEFT JOIN operations o ON o.wallet_id = w.id AND o.seq = $2
WHERE w.id = $1
