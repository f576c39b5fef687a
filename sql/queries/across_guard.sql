-- Of a commit over several nodes (storage/distributed/across.rs): the guarded update of one wallet, as in commit_full.sql, by the distributed
-- table's name. Served by wallets_pkey.
UPDATE wallets
SET balance = $6,
    version = $5,
    held = $7,
    rules = $8::text::jsonb,
    spent_day = CASE
        WHEN $9::date IS NOT NULL THEN greatest($9, (greatest(updated_at, now()) AT TIME ZONE 'UTC')::date)
    END,
    spent = CASE
        WHEN $9 < (greatest(updated_at, now()) AT TIME ZONE 'UTC')::date THEN $11::numeric
        ELSE $10::numeric
    END,
    updated_at = greatest(updated_at, now())
WHERE id = $1 AND version = $2 AND balance = $3 AND held = $4
RETURNING updated_at
