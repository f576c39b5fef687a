-- Wallets with holds that have expired, those that expired first: $1 at most, of the first $2 holds. Served by holds_expires_at.
SELECT first.wallet_id
FROM (
    SELECT h.wallet_id, h.expires_at FROM holds h WHERE h.expires_at <= now() ORDER BY h.expires_at LIMIT $2
) first
GROUP BY first.wallet_id
ORDER BY min(first.expires_at)
LIMIT $1
