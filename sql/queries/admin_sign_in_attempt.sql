-- Counts an attempt before it is made, so that concurrent attempts cannot exceed the limit: the row lock serialises them.
-- An expired window starts again. Served by admin_sign_in_attempts_pkey.
INSERT INTO admin_sign_in_attempts AS a (subject, attempts, window_ends)
VALUES ($1, 1, now() + make_interval(secs => $2))
ON CONFLICT (subject) DO UPDATE SET
    attempts = CASE WHEN a.window_ends <= now() THEN 1 ELSE a.attempts + 1 END,
    window_ends = CASE WHEN a.window_ends <= now() THEN excluded.window_ends ELSE a.window_ends END
RETURNING attempts, window_ends
