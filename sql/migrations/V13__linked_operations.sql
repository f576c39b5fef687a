-- Operations that belong to another one: transfers between wallets, and what happens together with operations of other
-- wallets.
--
-- The row's counterpart is found by operations_pkey, so there is no further index. Columns that are NULL take no room. The
-- checks are added NOT VALID and validated beside writers (storage/migrate/online.rs).
--
-- An engine of an earlier version serves the same database until a transfer happens; it does not know the kind, and so
-- cannot show that wallet's history.
SET LOCAL lock_timeout = '200ms';
ALTER TABLE operations
    ADD COLUMN transfer_id uuid,
    ADD COLUMN other_wallet uuid,
    ADD COLUMN other_seq bigint,
    ADD COLUMN reference text,
    DROP CONSTRAINT operations_kind_check,
    ADD CONSTRAINT operations_kind_check
        CHECK (kind IN ('DEPOSIT', 'WITHDRAW', 'TRANSFER_OUT', 'TRANSFER_IN')) NOT VALID,
    ADD CONSTRAINT operations_counterpart_check
        CHECK (
            (other_wallet IS NULL) = (other_seq IS NULL)
            AND (transfer_id IS NULL OR other_wallet IS NOT NULL)
            AND (transfer_id IS NOT NULL) = (kind IN ('TRANSFER_OUT', 'TRANSFER_IN'))
        ) NOT VALID,
    ADD CONSTRAINT operations_reference_check CHECK (length(reference) BETWEEN 1 AND 140) NOT VALID;
ALTER TABLE adjustments
    ADD COLUMN other_wallet uuid,
    DROP CONSTRAINT adjustments_kind_check,
    ADD CONSTRAINT adjustments_kind_check
        CHECK (kind IN ('DEPOSIT', 'WITHDRAW', 'TRANSFER_OUT') AND (other_wallet IS NOT NULL) = (kind = 'TRANSFER_OUT')) NOT VALID;
-- Money enters and leaves by all other kinds: over all wallets, these sum to zero.
ALTER TABLE operation_kinds ADD COLUMN is_transfer boolean NOT NULL DEFAULT false;
INSERT INTO operation_kinds (kind, balance_sign, held_sign, is_transfer)
VALUES ('TRANSFER_OUT', -1, 0, true), ('TRANSFER_IN', 1, 0, true);
