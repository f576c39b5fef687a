-- How many entries the journal of the staff lacks: its numbers have no gaps, and the last one is written down beside it. Counts
-- staff_journal_pkey.
SELECT l.number - (SELECT count(*) FROM staff_journal) AS missing FROM staff_journal_last l
