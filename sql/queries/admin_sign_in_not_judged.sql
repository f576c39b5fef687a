-- Uncounts an attempt in which no password was compared. Served by admin_sign_in_attempts_pkey.
UPDATE admin_sign_in_attempts SET attempts = greatest(attempts - 1, 0) WHERE subject IN ($1, $2)
