-- Records that keys were used. Locked in their order, so that two engines do not wait for each other. Served by api_keys_pkey.
UPDATE api_keys k
SET last_used_at = now()
FROM (SELECT id FROM api_keys WHERE id = ANY ($1::bigint[]) ORDER BY id FOR NO KEY UPDATE) used
WHERE k.id = used.id
