-- Inserts users with their wallets, and the entries that make up their balances. Of a wallet's rows, the last one bears the position of
-- the feed (V16__feed.sql).
WITH wanted AS (
    SELECT *
    FROM unnest(
        $1::bigint[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::text[], $7::timestamptz[], $8::uuid[], $9::numeric[],
        $10::bigint[]
    ) AS w (id, username, email, password_hash, is_active, role, joined, wallet_id, balance, version)
), registered AS (
    INSERT INTO users (id, username, email, password_hash, is_active, is_staff, role, created_at, wallet_id, imported_at)
    OVERRIDING SYSTEM VALUE
    SELECT id, username, email, password_hash, is_active, role IS NOT NULL, role, joined, wallet_id, now()
    FROM wanted
), opened AS (
    INSERT INTO wallets (id, user_id, balance, version, created_at)
    SELECT wallet_id, id, balance, version, least(joined, now()) FROM wanted
)
INSERT INTO operations (wallet_id, seq, id, kind, amount, balance_after, feed_position, feed_run)
SELECT
    o.wallet_id, o.seq, o.id, o.kind, o.amount, o.balance_after,
    CASE WHEN o.run > 0 THEN feed_position() END, o.run
FROM unnest(
    $11::uuid[], $12::bigint[], $13::uuid[], $14::text[], $15::numeric[], $16::numeric[], $17::integer[]
) AS o (wallet_id, seq, id, kind, amount, balance_after, run)
