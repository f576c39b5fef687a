-- The guarded write of a group of wallets, with their ledger rows. Served by wallets_pkey.
--
-- A wallet whose version or balance is no longer the expected one is left out, and so are its rows: the wallets that
-- come back are those that moved. A version alone can come again, with another past, after a failover. Wallets are locked in the order in which they are given.
--
-- A wallet that another engine is writing is waited for, a moment (commit_session.rs): then its version is another one. A lock that
-- is kept for longer fails the statement; commit_carefully.sql then leaves out the wallet that is locked.
--
-- A wallet's rows are never earlier than the ones before them, not even when the server's clock was set back: the
-- history looks for a time by halves (operations_page.sql).
--
-- A key that the ledger holds already fails the statement, by operations_idempotency_key: commit_carefully.sql then
-- tells which, and writes the others.
WITH moved AS (
    UPDATE wallets w
    SET balance = b.balance, version = b.version, updated_at = greatest(w.updated_at, now())
    FROM unnest($1::uuid[], $2::bigint[], $3::numeric[], $4::bigint[], $5::numeric[])
        AS b (id, expected, expected_balance, version, balance)
    WHERE w.id = b.id AND w.version = b.expected AND w.balance = b.expected_balance
    RETURNING w.id, w.updated_at
), recorded AS (
    INSERT INTO operations
        (wallet_id, seq, id, kind, amount, balance_after, idempotency_key, request_hash, created_at)
    SELECT
        o.wallet_id, o.seq, o.id, o.kind, o.amount, o.balance_after, o.idempotency_key, o.request_hash,
        moved.updated_at
    FROM unnest(
        $6::uuid[], $7::bigint[], $8::uuid[], $9::text[], $10::numeric[], $11::numeric[], $12::text[], $13::bytea[]
    ) AS o (wallet_id, seq, id, kind, amount, balance_after, idempotency_key, request_hash)
    JOIN moved ON moved.id = o.wallet_id
)
SELECT id FROM moved
