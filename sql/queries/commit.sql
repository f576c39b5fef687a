-- The guarded write of a group of wallets, with their ledger rows. Served by wallets_pkey.
--
-- A wallet whose version is no longer the expected one is left out, and so are its rows: the wallets that
-- come back are those that moved.
WITH moved AS (
    UPDATE wallets w
    SET balance = b.balance, version = b.version, updated_at = now()
    FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::numeric[])
        AS b (id, expected, version, balance)
    WHERE w.id = b.id AND w.version = b.expected
    RETURNING w.id
), recorded AS (
    INSERT INTO operations (wallet_id, seq, id, kind, amount, balance_after)
    SELECT o.wallet_id, o.seq, o.id, o.kind, o.amount, o.balance_after
    FROM unnest($5::uuid[], $6::bigint[], $7::uuid[], $8::text[], $9::numeric[], $10::numeric[])
        AS o (wallet_id, seq, id, kind, amount, balance_after)
    WHERE o.wallet_id IN (SELECT id FROM moved)
)
SELECT id FROM moved
