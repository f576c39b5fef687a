-- Removes user $1, their wallet $2 and the entries that imports wrote into it, if it has no others (kinds $3). No row: it has. What else
-- refers to the user fails the statement. Served by operations_pkey, wallets_pkey, users_pkey.
WITH unused AS (
    SELECT $2::uuid AS wallet_id
    WHERE NOT EXISTS (SELECT FROM operations WHERE wallet_id = $2 AND kind <> ALL ($3::text[]))
), entries AS (
    DELETE FROM operations WHERE wallet_id IN (SELECT wallet_id FROM unused)
), closed AS (
    DELETE FROM wallets WHERE id IN (SELECT wallet_id FROM unused)
)
DELETE FROM users WHERE id = $1 AND wallet_id IN (SELECT wallet_id FROM unused) RETURNING id
