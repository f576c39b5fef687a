-- No password was compared, so the attempt was neither a failure nor a success. Served by admin_sign_in_attempts_pkey.
UPDATE admin_sign_in_attempts SET attempts = greatest(attempts - 1, 0) WHERE subject IN ($1, $2)
