-- Entries of the journal of the staff, newest first: below number $1 (NULL: from the newest), from $2 to before $3 (NULL: without such
-- a bound), of the action $4 (NULL: of any), up to $5. Times grow with the numbers, so an interval of time is one of numbers. Served by
-- staff_journal_pkey and staff_journal_at; an action is looked for from the newest to the oldest.
SELECT j.number, j.at, j.staff_id, j.username, j.address, j.action, j.subject_kind, j.subject, j.form, j.details::text AS details
FROM staff_journal j
WHERE j.number < coalesce($1::bigint, 9223372036854775807)
    AND ($2::timestamptz IS NULL OR j.number >= (SELECT number FROM staff_journal WHERE at >= $2 ORDER BY at, number LIMIT 1))
    AND (
        $3::timestamptz IS NULL
        OR j.number <= (SELECT number FROM staff_journal WHERE at < $3 ORDER BY at DESC, number DESC LIMIT 1)
    )
    AND ($4::text IS NULL OR j.action = $4 COLLATE "C")
ORDER BY j.number DESC
LIMIT $5::bigint
