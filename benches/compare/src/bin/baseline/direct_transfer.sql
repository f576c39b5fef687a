-- A transfer in one statement: $1 pays $2 the amount $3; $4 is the transfer's id, $5 and $6 are those of its rows. Served by
-- wallets_pkey. No row: one of the wallets does not exist, or one of them refuses, or they are the same.
--
-- Rows are locked in the order of ids, so no two transfers wait for each other. Who finds a wallet locked waits, and
-- goes on with the balance and version that it then finds.
WITH locked AS MATERIALIZED (
    SELECT
        id,
        version + 1 AS version,
        balance + CASE id WHEN $1::uuid THEN -$3::numeric ELSE $3::numeric END AS balance
    FROM wallets
    WHERE id IN ($1::uuid, $2::uuid)
    ORDER BY id
    FOR NO KEY UPDATE
), moved AS (
    UPDATE wallets w
    SET balance = locked.balance, version = locked.version, updated_at = greatest(w.updated_at, now())
    FROM locked
    WHERE w.id = locked.id AND (SELECT count(*) FROM locked WHERE balance BETWEEN 0 AND 9999999999.99) = 2
    RETURNING w.id, w.version, w.balance, w.updated_at
), recorded AS (
    INSERT INTO operations (
        wallet_id, seq, id, kind, amount, balance_after, transfer_id, other_wallet, other_seq, created_at
    )
    SELECT
        own.id, own.version,
        CASE own.id WHEN $1::uuid THEN $5::uuid ELSE $6::uuid END,
        CASE own.id WHEN $1::uuid THEN 'TRANSFER_OUT' ELSE 'TRANSFER_IN' END,
        $3::numeric, own.balance, $4::uuid, other.id, other.version, own.updated_at
    FROM moved own
    JOIN moved other ON other.id <> own.id
)
SELECT version, balance FROM moved WHERE id = $1::uuid
