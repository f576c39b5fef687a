-- V13__linked_operations.sql, where wallets are distributed: one subcommand an ALTER.
SET LOCAL lock_timeout = '200ms';
ALTER TABLE operations ADD COLUMN transfer_id uuid;
ALTER TABLE operations ADD COLUMN other_wallet uuid;
ALTER TABLE operations ADD COLUMN other_seq bigint;
ALTER TABLE operations ADD COLUMN reference text;
ALTER TABLE operations DROP CONSTRAINT operations_kind_check;
ALTER TABLE operations ADD CONSTRAINT operations_kind_check
    CHECK (kind IN ('DEPOSIT', 'WITHDRAW', 'TRANSFER_OUT', 'TRANSFER_IN')) NOT VALID;
ALTER TABLE operations ADD CONSTRAINT operations_counterpart_check
    CHECK (
        (other_wallet IS NULL) = (other_seq IS NULL)
        AND (transfer_id IS NULL OR other_wallet IS NOT NULL)
        AND (transfer_id IS NOT NULL) = (kind IN ('TRANSFER_OUT', 'TRANSFER_IN'))
    ) NOT VALID;
ALTER TABLE operations ADD CONSTRAINT operations_reference_check CHECK (length(reference) BETWEEN 1 AND 140) NOT VALID;
ALTER TABLE adjustments ADD COLUMN other_wallet uuid;
ALTER TABLE adjustments DROP CONSTRAINT adjustments_kind_check;
ALTER TABLE adjustments ADD CONSTRAINT adjustments_kind_check
    CHECK (kind IN ('DEPOSIT', 'WITHDRAW', 'TRANSFER_OUT') AND (other_wallet IS NOT NULL) = (kind = 'TRANSFER_OUT')) NOT VALID;
ALTER TABLE operation_kinds ADD COLUMN is_transfer boolean NOT NULL DEFAULT false;
INSERT INTO operation_kinds (kind, balance_sign, held_sign, is_transfer)
VALUES ('TRANSFER_OUT', -1, 0, true), ('TRANSFER_IN', 1, 0, true);
