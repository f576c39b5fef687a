-- What an operation of each kind does to its wallet: a sign for the balance, and one for the part of it that is held.
--
-- Whatever adds up the ledger goes by these signs and knows no kind by name. Which kinds may be written is still said by
-- operations_kind_check: a foreign key would cost 10 microseconds a row, a check by a function 18 a statement, where a row
-- of a thousand takes 4 and a statement of one row 43 (PostgreSQL 15, nothing flushed). So a new kind is a row here and a
-- name in that check, whose successor is added NOT VALID and validated beside writers (storage/migrate/online.rs).
CREATE TABLE operation_kinds (
    kind         text COLLATE "C" CONSTRAINT operation_kinds_pkey PRIMARY KEY,
    balance_sign smallint NOT NULL CONSTRAINT operation_kinds_balance_sign_check CHECK (balance_sign BETWEEN -1 AND 1),
    held_sign    smallint NOT NULL CONSTRAINT operation_kinds_held_sign_check CHECK (held_sign BETWEEN -1 AND 1)
);
INSERT INTO operation_kinds (kind, balance_sign, held_sign) VALUES ('DEPOSIT', 1, 0), ('WITHDRAW', -1, 0);
-- A role that serves was given rights to the tables of its time, and this one holds no secret.
GRANT SELECT ON operation_kinds TO PUBLIC;
