-- Cents that were deposited and are in no wallet. Nothing in a comparison is ever withdrawn.
SELECT (100 * (
    (SELECT coalesce(sum(amount), 0) FROM operations WHERE kind = 'DEPOSIT')
    - (SELECT coalesce(sum(balance), 0) FROM wallets)
))::bigint
