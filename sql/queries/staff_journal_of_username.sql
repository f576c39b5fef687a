-- Entries of a user name, $6, in whatever letters, otherwise as staff_journal_page.sql. Served by staff_journal_username and
-- staff_journal_at.
SELECT j.number, j.at, j.staff_id, j.username, j.address, j.action, j.subject_kind, j.subject, j.form, j.details::text AS details
FROM staff_journal j
WHERE j.number < coalesce($1::bigint, 9223372036854775807)
    AND ($2::timestamptz IS NULL OR j.number >= (SELECT number FROM staff_journal WHERE at >= $2 ORDER BY at, number LIMIT 1))
    AND (
        $3::timestamptz IS NULL
        OR j.number <= (SELECT number FROM staff_journal WHERE at < $3 ORDER BY at DESC, number DESC LIMIT 1)
    )
    AND ($4::text IS NULL OR j.action = $4 COLLATE "C")
    AND lower(j.username) COLLATE "C" = lower($6::text)
ORDER BY j.number DESC
LIMIT $5::bigint
