-- The guarded write of a group of wallets, with their ledger rows. Served by wallets_pkey.
--
-- A wallet whose version is no longer the expected one is left out, and so are its rows: the wallets that
-- come back are those that moved. A wallet that somebody else has locked is left out like one that somebody
-- else has written, because that is what it is about to be: so no wallet makes its neighbours wait.
--
-- A wallet's rows are never earlier than the ones before them, not even when the server's clock was set back: the
-- history looks for a time by halves (operations_page.sql).
--
-- A key that the ledger holds already fails the statement, by operations_idempotency_key: commit_keyed.sql then tells
-- which, and writes the others.
WITH free AS (
    SELECT w.id, b.version, b.balance
    FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::numeric[])
        AS b (id, expected, version, balance)
    JOIN wallets w ON w.id = b.id AND w.version = b.expected
    FOR NO KEY UPDATE OF w SKIP LOCKED
), moved AS (
    UPDATE wallets w
    SET balance = free.balance, version = free.version, updated_at = greatest(w.updated_at, now())
    FROM free
    WHERE w.id = free.id
    RETURNING w.id, w.updated_at
), recorded AS (
    INSERT INTO operations
        (wallet_id, seq, id, kind, amount, balance_after, idempotency_key, request_hash, created_at)
    SELECT
        o.wallet_id, o.seq, o.id, o.kind, o.amount, o.balance_after, o.idempotency_key, o.request_hash,
        moved.updated_at
    FROM unnest(
        $5::uuid[], $6::bigint[], $7::uuid[], $8::text[], $9::numeric[], $10::numeric[], $11::text[], $12::bytea[]
    ) AS o (wallet_id, seq, id, kind, amount, balance_after, idempotency_key, request_hash)
    JOIN moved ON moved.id = o.wallet_id
)
SELECT id FROM moved
