-- Deletes expired windows, up to 100 at a time, except locked ones. Served by admin_sign_in_attempts_window_ends_idx.
DELETE FROM admin_sign_in_attempts WHERE subject IN (
    SELECT subject FROM admin_sign_in_attempts
    WHERE window_ends <= now()
    ORDER BY window_ends LIMIT 100 FOR UPDATE SKIP LOCKED
)
