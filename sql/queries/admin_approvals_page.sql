-- All proposals before one, newest first. Served by approvals_pkey.
SELECT id FROM approvals WHERE id < $1 ORDER BY id DESC LIMIT $2
