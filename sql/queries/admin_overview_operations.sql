-- Operations from $1 until before $2, if there is an end to it, and what they added to all balances together. A sum that is
-- no number (NaN), which an audit names, is left out. operations_created_at leads to the pages of that time.
SELECT
    count(*) AS operations,
    coalesce(
        sum(CASE kind WHEN 'DEPOSIT' THEN amount WHEN 'WITHDRAW' THEN -amount END) FILTER (WHERE amount <> 'NaN'),
        0
    ) AS balance
FROM operations
WHERE created_at >= $1 AND created_at < coalesce($2::timestamptz, 'infinity')
