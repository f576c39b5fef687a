-- Records the progress and results of audit $1; $9: it has finished, or failed with $10. Served by audits_pkey.
UPDATE audits
SET slices_done = $2, users = $3, wallets = $4, operations = $5, breaches = $6, breach_wallets = $7, breach_texts = $8,
    seen_at = now(),
    finished_at = CASE WHEN $9::boolean THEN now() END,
    error = $10
WHERE id = $1
