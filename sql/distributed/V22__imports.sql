-- V22__imports.sql, where wallets are distributed: one subcommand an ALTER.
SET LOCAL lock_timeout = '200ms';
ALTER TABLE operations DROP CONSTRAINT operations_kind_check;
ALTER TABLE operations ADD CONSTRAINT operations_kind_check
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
