-- One operation in one statement: $1 the wallet, $2 what its balance changes by, $3 and $4 the operation's id
-- and kind. Served by wallets_pkey. No row: there is no such wallet, or it refuses the operation.
--
-- Who finds the wallet locked waits for the lock, and goes on with the balance and version that it then finds. Its
-- transaction may have begun before that of whoever went first; its row in the ledger is never earlier all the same.
WITH moved AS (
    UPDATE wallets
    SET balance = balance + $2::numeric, version = version + 1, updated_at = greatest(updated_at, now())
    WHERE id = $1::uuid AND balance + $2::numeric BETWEEN 0 AND 9999999999.99
    RETURNING id, version, balance, updated_at
), recorded AS (
    INSERT INTO operations (wallet_id, seq, id, kind, amount, balance_after, created_at)
    SELECT id, version, $3::uuid, $4::text, abs($2::numeric), balance, updated_at FROM moved
)
SELECT balance FROM moved
