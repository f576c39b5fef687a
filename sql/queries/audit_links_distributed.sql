-- The operations of the wallets from $1 to $2 that are linked with one that is not found, or is not their counterpart; is_reversal: it is
-- there, but does not reverse what its counterpart does. $3 are the kinds that add to a balance, $4 those that take from it, $5 those of
-- transfers. Served by operations_pkey: on the nodes of the wallets, then on all nodes.
--
-- The counterpart is looked up after the operation was read, on another node, which may have it a moment later: what is reported here is
-- to be looked up again (storage/audit_nodes.rs).
WITH links AS MATERIALIZED (
    SELECT
        o.wallet_id, o.seq, o.kind, o.amount, o.transfer_id, o.other_wallet, o.other_seq, o.reverses_seq,
        original.other_wallet AS reversed_wallet, original.other_seq AS reversed_seq,
        original.transfer_id IS NOT NULL AS reverses_transfer,
        CASE
            WHEN o.transfer_id IS NULL OR NOT coalesce(o.amount > 0 AND o.amount <= 99999999.99, false) THEN 0
            WHEN NOT coalesce(
                o.balance_after BETWEEN 0 AND 9999999999.99
                    AND (o.held_after IS NULL OR (o.held_after > 0 AND o.held_after <= o.balance_after)),
                false
            ) THEN 0
            WHEN o.kind COLLATE "C" = ANY ($3::text[]) THEN o.amount
            WHEN o.kind COLLATE "C" = ANY ($4::text[]) THEN -o.amount
            ELSE 0
        END AS delta
    FROM operations o
    LEFT JOIN operations original ON original.wallet_id = o.wallet_id AND original.seq = o.reverses_seq
    WHERE o.wallet_id BETWEEN $1::uuid AND $2::uuid AND (o.transfer_id IS NOT NULL OR o.other_wallet IS NOT NULL)
), counterparts AS MATERIALIZED (
    SELECT
        l.wallet_id, l.seq,
        (l.wallet_id, l.seq) <> (other.wallet_id, other.seq)
            AND other.other_wallet IS NOT NULL
            AND CASE
                WHEN l.transfer_id IS NOT NULL THEN
                    (other.other_wallet, other.other_seq, other.transfer_id, other.amount)
                        = (l.wallet_id, l.seq, l.transfer_id, l.amount)
                    AND l.kind COLLATE "C" = ANY ($3 || $4)
                    AND other.kind COLLATE "C" = ANY ($3 || $4)
                    AND (l.kind COLLATE "C" = ANY ($3)) <> (other.kind COLLATE "C" = ANY ($3))
                ELSE other.transfer_id IS NULL AND l.kind COLLATE "C" <> ALL ($5::text[])
            END AS is_counterpart,
        (other.wallet_id, other.reverses_seq) = (l.reversed_wallet, l.reversed_seq) AS reverses_counterpart
    FROM links l
    JOIN operations other ON other.wallet_id = l.other_wallet AND other.seq = l.other_seq
)
SELECT
    l.wallet_id, l.seq, l.reverses_seq,
    c.is_counterpart IS TRUE AS is_reversal,
    CASE WHEN c.is_counterpart IS TRUE THEN 0 ELSE l.delta END AS delta
FROM links l
LEFT JOIN counterparts c ON c.wallet_id = l.wallet_id AND c.seq = l.seq
WHERE c.is_counterpart IS NOT TRUE OR (l.reverses_transfer AND c.reverses_counterpart IS NOT TRUE)
ORDER BY l.wallet_id, l.seq
