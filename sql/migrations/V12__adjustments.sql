-- Names as the field has them: a correction by staff is an adjustment, and a changed field has an old and a new value.
--
-- Renames change the catalogue alone. All engines of one database are upgraded together for this one: an engine of an
-- earlier version finds neither the table nor the columns, so its panel cannot show a wallet's page or a user's changes.
SET LOCAL lock_timeout = '200ms';
ALTER TABLE corrections RENAME TO adjustments;
ALTER TABLE adjustments RENAME CONSTRAINT corrections_kind_check TO adjustments_kind_check;
ALTER TABLE adjustments RENAME CONSTRAINT corrections_amount_check TO adjustments_amount_check;
ALTER TABLE adjustments RENAME CONSTRAINT corrections_amount_max_check TO adjustments_amount_max_check;
ALTER TABLE adjustments RENAME CONSTRAINT corrections_reason_check TO adjustments_reason_check;
-- Renames the constraint as well, where it still is one (storage/migrate/online.rs).
ALTER INDEX corrections_pkey RENAME TO adjustments_pkey;
-- Left by a migration that was interrupted.
ALTER INDEX IF EXISTS corrections_pkey_bytes RENAME TO adjustments_pkey_bytes;
ALTER TABLE user_changes RENAME COLUMN was TO old_value;
ALTER TABLE user_changes RENAME COLUMN became TO new_value;
