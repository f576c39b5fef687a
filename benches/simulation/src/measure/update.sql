UPDATE wallets
SET balance = $4, version = $3, updated_at = greatest(updated_at, now())
WHERE id = $1 AND version = $2
