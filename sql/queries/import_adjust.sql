-- Moves wallets to other balances, each if it has the version that was read, with the entries that make up the difference. Returns how
-- many it moved. Times and positions as in commit.sql. Served by wallets_pkey.
WITH moved AS (
    UPDATE wallets w
    SET balance = b.balance, version = b.version, updated_at = greatest(w.updated_at, now())
    FROM unnest($1::uuid[], $2::bigint[], $3::numeric[], $4::bigint[]) AS b (id, expected, balance, version)
    WHERE w.id = b.id AND w.version = b.expected AND w.held = 0
    RETURNING w.id, w.updated_at
), recorded AS (
    INSERT INTO operations (wallet_id, seq, id, kind, amount, balance_after, created_at, feed_position, feed_run)
    SELECT
        o.wallet_id, o.seq, o.id, o.kind, o.amount, o.balance_after, moved.updated_at,
        CASE WHEN o.run > 0 THEN feed_position() END, o.run
    FROM unnest(
        $5::uuid[], $6::bigint[], $7::uuid[], $8::text[], $9::numeric[], $10::numeric[], $11::integer[]
    ) AS o (wallet_id, seq, id, kind, amount, balance_after, run)
    JOIN moved ON moved.id = o.wallet_id
)
SELECT count(*) AS moved FROM moved
