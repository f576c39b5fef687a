-- Of a commit over several nodes (storage/distributed/across.rs): the guarded update of one wallet at the time $12, as in commit_full.sql,
-- by the distributed table's name. A function of the present time would be refused where it depends on a CASE (0A000, Citus 13.2). Served by
-- wallets_pkey.
UPDATE wallets
SET balance = $6,
    version = $5,
    held = $7,
    rules = $8::text::jsonb,
    spent_day = CASE
        WHEN $9::date IS NOT NULL THEN greatest($9, (greatest(updated_at, $12::timestamptz) AT TIME ZONE 'UTC')::date)
    END,
    spent = CASE
        WHEN $9 < (greatest(updated_at, $12::timestamptz) AT TIME ZONE 'UTC')::date THEN $11::numeric
        ELSE $10::numeric
    END,
    updated_at = greatest(updated_at, $12::timestamptz)
WHERE id = $1 AND version = $2 AND balance = $3 AND held = $4
RETURNING updated_at
