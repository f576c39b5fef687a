-- V11__operation_kinds.sql, where wallets are distributed: every node has the kinds, as the ledger is read there.
CREATE TABLE operation_kinds (
    kind         text COLLATE "C" CONSTRAINT operation_kinds_pkey PRIMARY KEY,
    balance_sign smallint NOT NULL CONSTRAINT operation_kinds_balance_sign_check CHECK (balance_sign BETWEEN -1 AND 1),
    held_sign    smallint NOT NULL CONSTRAINT operation_kinds_held_sign_check CHECK (held_sign BETWEEN -1 AND 1)
);
INSERT INTO operation_kinds (kind, balance_sign, held_sign) VALUES ('DEPOSIT', 1, 0), ('WITHDRAW', -1, 0);
-- A role that serves was given rights to the tables of its time, and this one holds no secret.
GRANT SELECT ON operation_kinds TO PUBLIC;
SELECT create_reference_table('operation_kinds');
