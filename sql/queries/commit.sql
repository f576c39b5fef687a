-- The guarded write of a group of wallets and their ledger rows. Returns the wallets that were updated, with the time of
-- their rows. Served by wallets_pkey.
--
-- A wallet whose version or balance is not the expected one is left out, with its rows. The version alone is not enough:
-- after a failover it can come again with another past. Wallets are locked in the given order.
--
-- The statement waits a short time for a wallet that another engine is writing (commit_session.rs), which then has another
-- version. A longer lock fails the statement; commit_carefully.sql then leaves out the locked wallet.
--
-- The time is that of the statement, which the other forms of it name, as they may follow a lock in their transaction.
--
-- The times of a wallet's rows never decrease, even if the server's clock was set back: the history finds a time by binary
-- search (operations_page.sql).
--
-- A key that the ledger has already fails the statement, by operations_idempotency_key: commit_carefully.sql then returns
-- it, and writes the other wallets.
-- The last parameter is the base of the feed's epoch (V16__feed.sql). Of a wallet's rows, the last one bears the position.
WITH moved AS (
    UPDATE wallets w
    SET balance = b.balance, version = b.version, updated_at = greatest(w.updated_at, now())
    FROM unnest($1::uuid[], $2::bigint[], $3::numeric[], $4::bigint[], $5::numeric[])
        AS b (id, expected, expected_balance, version, balance)
    WHERE w.id = b.id AND w.version = b.expected AND w.balance = b.expected_balance AND w.held = 0
    RETURNING w.id, w.updated_at, w.version, b.expected
), recorded AS (
    INSERT INTO operations
        (wallet_id, seq, id, kind, amount, balance_after, idempotency_key, request_hash, actor, created_at,
         feed_position, feed_run)
    SELECT
        o.wallet_id, o.seq, o.id, o.kind, o.amount, o.balance_after, o.idempotency_key, o.request_hash,
        o.actor, moved.updated_at,
        CASE WHEN o.seq = moved.version THEN $15::bigint + pg_current_xact_id()::text::bigint END,
        CASE WHEN o.seq = moved.version THEN (moved.version - moved.expected)::integer ELSE 0 END
    FROM unnest(
        $6::uuid[], $7::bigint[], $8::uuid[], $9::text[], $10::numeric[], $11::numeric[], $12::text[], $13::bytea[],
        $14::text[]
    ) AS o (wallet_id, seq, id, kind, amount, balance_after, idempotency_key, request_hash, actor)
    JOIN moved ON moved.id = o.wallet_id
)
SELECT id, updated_at FROM moved
