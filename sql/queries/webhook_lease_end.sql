-- Gives back the leases of engine $1. Reads all of webhooks, which are a hundred at most.
UPDATE webhooks SET leased_by = NULL, leased_until = NULL WHERE leased_by = $1
