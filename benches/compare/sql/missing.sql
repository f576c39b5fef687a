-- Cents that were deposited, not captured, and are in no wallet. Nothing else in a comparison brings money in or takes it out.
SELECT (100 * (
    (SELECT coalesce(sum(amount * CASE kind WHEN 'DEPOSIT' THEN 1 ELSE -1 END), 0)
     FROM operations
     WHERE kind IN ('DEPOSIT', 'CAPTURE'))
    - (SELECT coalesce(sum(balance), 0) FROM wallets)
))::bigint
