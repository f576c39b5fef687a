-- Writes an entry into the journal of the staff, once for a form. Served by staff_journal_last_pkey and
-- staff_journal_form.
SELECT staff_journal_write($1, $2, $3, $4, $5, $6, $7, $8::text::jsonb) AS number
