-- The next $2 entries of the journal of the staff, oldest first: above number $1. Served by staff_journal_pkey.
SELECT j.number, j.at, j.staff_id, j.username, j.address, j.action, j.subject_kind, j.subject, j.form, j.details::text AS details
FROM staff_journal j
WHERE j.number > $1
ORDER BY j.number
LIMIT $2::bigint
