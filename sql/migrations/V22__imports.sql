-- Users and balances that come from another service (docs/django.md).
--
-- A balance that is brought in is an operation like any other, of a kind of its own, so that every sum of the ledger holds. Until the
-- engine's first operation in a wallet, what has changed in the other service since is brought in by another one.
--
-- An engine of an earlier version cannot read a history with these kinds: stop those before the first import.
SET LOCAL lock_timeout = '200ms';
ALTER TABLE operations
    DROP CONSTRAINT operations_kind_check,
    ADD CONSTRAINT operations_kind_check
        CHECK (kind IN (
            'DEPOSIT', 'WITHDRAW', 'TRANSFER_OUT', 'TRANSFER_IN', 'HOLD', 'CAPTURE', 'RELEASE', 'REVERSAL_IN', 'REVERSAL_OUT',
            'FREEZE', 'UNFREEZE', 'CLOSE', 'REOPEN', 'LIMIT', 'OPENING', 'OPENING_REDUCTION'
        )) NOT VALID;
INSERT INTO operation_kinds (kind, balance_sign, held_sign, is_reversal)
VALUES ('OPENING', 1, 0, false), ('OPENING_REDUCTION', -1, 0, false);

-- When the user was last written by an import; NULL: registered here.
ALTER TABLE users ADD COLUMN imported_at timestamptz;

-- One row a run of the import, also of one that was interrupted. Nothing deletes one.
CREATE TABLE imports (
    id          bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT imports_pkey PRIMARY KEY,
    -- Which database it read, without secrets.
    source      text NOT NULL,
    is_final    boolean NOT NULL,
    began_at    timestamptz NOT NULL DEFAULT now(),
    -- NULL: it runs, or was interrupted.
    ended_at    timestamptz,
    -- How much did not fit or differed at its end; a final run without any ends the move.
    differences bigint,
    CONSTRAINT imports_ended_check CHECK ((ended_at IS NULL) = (differences IS NULL))
);
