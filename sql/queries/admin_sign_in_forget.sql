-- Removes windows that are over, some at a time; those that somebody works on are left. Served by
-- admin_sign_in_attempts_window_ends_idx.
DELETE FROM admin_sign_in_attempts WHERE subject IN (
    SELECT subject FROM admin_sign_in_attempts
    WHERE window_ends <= now()
    ORDER BY window_ends LIMIT 100 FOR UPDATE SKIP LOCKED
)
