-- Deletes webhook $1 of the wallets $2 (NULL: any) with what waits and is set aside. Served by webhooks_pkey, and by the primary keys
-- of webhook_waiting and webhook_set_aside.
DELETE FROM webhooks WHERE id = $1 AND ($2::uuid[] IS NULL OR wallet_id = ANY ($2)) RETURNING id
