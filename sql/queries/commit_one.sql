-- What commit.sql does, for the one operation of a single wallet, which is what every operation of a quiet engine is:
-- without arrays and joins it is less work for PostgreSQL. Served by wallets_pkey.
WITH moved AS (
    UPDATE wallets
    SET balance = $6, version = $3, updated_at = now()
    WHERE id = (
        SELECT id FROM wallets WHERE id = $1 AND version = $2 FOR NO KEY UPDATE SKIP LOCKED
    )
    RETURNING id
), recorded AS (
    INSERT INTO operations (wallet_id, seq, id, kind, amount, balance_after)
    SELECT moved.id, $3, $4, $7, $5, $6 FROM moved
)
SELECT id FROM moved
