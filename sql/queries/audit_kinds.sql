-- The kinds of operations by what they do. operation_kinds is one page.
SELECT
    coalesce(array_agg(kind) FILTER (WHERE balance_sign = 1), '{}') AS adding,
    coalesce(array_agg(kind) FILTER (WHERE balance_sign = -1), '{}') AS taking,
    coalesce(array_agg(kind) FILTER (WHERE balance_sign = 0), '{}') AS neutral,
    coalesce(array_agg(kind) FILTER (WHERE held_sign = 1), '{}') AS holding,
    coalesce(array_agg(kind) FILTER (WHERE held_sign = -1), '{}') AS freeing,
    coalesce(array_agg(kind) FILTER (WHERE is_transfer), '{}') AS transfers,
    coalesce(array_agg(kind) FILTER (WHERE is_reversal), '{}') AS reversals
FROM operation_kinds
