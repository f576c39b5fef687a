-- The users of the numbers $1 as the engine has them, and whether their wallet has an operation of a kind other than those of $2, which
-- imports write. Served by users_pkey, wallets_pkey and operations_pkey: by limits, as the planner may read the whole ledger for an EXISTS.
SELECT
    u.id, u.username, u.email, password_tag(u.password_hash, u.password_renewal), u.is_active, u.is_staff, u.created_at, u.imported_at IS NOT NULL AS is_imported,
    u.wallet_id, w.balance, w.version, coalesce(begun.has_begun, false) AS has_begun,
    coalesce(last.balance_after, 0) AS ledger_balance
FROM users u
JOIN wallets w ON w.id = u.wallet_id
LEFT JOIN LATERAL (
    SELECT true AS has_begun FROM operations o WHERE o.wallet_id = w.id AND o.kind <> ALL ($2::text[]) LIMIT 1
) begun ON true
LEFT JOIN LATERAL (
    SELECT o.balance_after FROM operations o WHERE o.wallet_id = w.id ORDER BY o.seq DESC LIMIT 1
) last ON true
WHERE u.id = ANY ($1::bigint[])
