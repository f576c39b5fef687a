-- The attempt was no failure: neither of the account nor of the address. Served by admin_sign_in_attempts_pkey.
UPDATE admin_sign_in_attempts SET attempts = CASE WHEN subject = $1 THEN 0 ELSE greatest(attempts - 1, 0) END
WHERE subject IN ($1, $2)
