-- Uncounts a successful attempt for the address, and resets the count of the account. Served by admin_sign_in_attempts_pkey.
UPDATE admin_sign_in_attempts SET attempts = CASE WHEN subject = $1 THEN 0 ELSE greatest(attempts - 1, 0) END
WHERE subject IN ($1, $2)
