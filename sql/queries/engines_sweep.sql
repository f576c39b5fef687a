-- Deletes engines that are gone: not seen for a day, or followed by another of their name when their samples are of no use any
-- more, or beyond the newest hundred. Two engines that sweep at once do not wait for each other. Reads all of the few rows.
DELETE FROM engines WHERE id IN (
    SELECT id FROM engines AS gone
    WHERE gone.seen_at < now() - interval '1 day'
        OR gone.seen_at < now() - interval '20 minutes'
            AND EXISTS (SELECT FROM engines AS later WHERE later.name = gone.name AND later.started_at > gone.started_at)
        OR gone.id IN (SELECT id FROM engines ORDER BY seen_at DESC, id OFFSET 100)
    FOR UPDATE SKIP LOCKED
)
