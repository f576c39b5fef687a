-- V12__adjustments.sql, where wallets are distributed: a constraint of a distributed table cannot be renamed, so each is dropped and added
-- again under its new name. They are validated as others are (storage/migrate/online.rs).
SET LOCAL lock_timeout = '200ms';
ALTER TABLE corrections RENAME TO adjustments;
ALTER TABLE adjustments DROP CONSTRAINT corrections_kind_check;
ALTER TABLE adjustments ADD CONSTRAINT adjustments_kind_check CHECK (kind IN ('DEPOSIT', 'WITHDRAW')) NOT VALID;
ALTER TABLE adjustments DROP CONSTRAINT corrections_amount_check;
ALTER TABLE adjustments ADD CONSTRAINT adjustments_amount_check CHECK (amount > 0) NOT VALID;
ALTER TABLE adjustments DROP CONSTRAINT corrections_amount_max_check;
ALTER TABLE adjustments ADD CONSTRAINT adjustments_amount_max_check CHECK (amount <= 99999999.99) NOT VALID;
ALTER TABLE adjustments DROP CONSTRAINT corrections_reason_check;
ALTER TABLE adjustments ADD CONSTRAINT adjustments_reason_check CHECK (char_length(reason) BETWEEN 3 AND 500) NOT VALID;
ALTER INDEX corrections_pkey RENAME TO adjustments_pkey;
ALTER INDEX IF EXISTS corrections_pkey_bytes RENAME TO adjustments_pkey_bytes;
ALTER TABLE user_changes RENAME COLUMN was TO old_value;
ALTER TABLE user_changes RENAME COLUMN became TO new_value;
