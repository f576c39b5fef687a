-- What members of the staff may do, and the journal of what they did.
--
-- An engine of an earlier version knows no roles: its panel lets every member of the staff do everything, and writes nothing into the
-- journal. Whom it makes staff is a viewer.
SET LOCAL lock_timeout = '200ms';
ALTER TABLE users
    ADD COLUMN role text,
    ADD CONSTRAINT users_role_check CHECK (role IN ('viewer', 'operator', 'supervisor', 'administrator')) NOT VALID;
-- Who is staff already may go on doing what they did. Both values of is_active, so that users_by_username finds them.
UPDATE users SET role = 'administrator' WHERE is_staff AND is_active IN (true, false);

ALTER TABLE user_changes DROP CONSTRAINT user_changes_field_check;
ALTER TABLE user_changes ADD CONSTRAINT user_changes_field_check
    CHECK (field IN ('email', 'is_active', 'is_staff', 'role', 'password')) NOT VALID;

-- Who did what to whom, when, from which address. Rows are numbered without gaps, so that one that is missing is noticed; nothing
-- changes or deletes a row. It names no other table's rows by a foreign key, as it outlives them.
CREATE TABLE staff_journal (
    number       bigint CONSTRAINT staff_journal_pkey PRIMARY KEY,
    at           timestamptz NOT NULL,
    -- NULL: the command line, or a sign-in that was refused.
    staff_id     bigint,
    -- The user name at that time; of a sign-in that was refused, what was typed; NULL: the command line.
    username     text,
    -- NULL: the command line.
    address      text,
    action       text NOT NULL CONSTRAINT staff_journal_action_check CHECK (action COLLATE "C" ~ '^[a-z_]{1,40}$'),
    -- What it was done to, as text: `user` and a number, `wallet` and an id.
    subject_kind text,
    subject      text,
    -- The form that asked for it: sent twice for the same, it is in the journal once. A form's key written by hand may come with
    -- other values, or from somebody else: that is another entry.
    form         uuid,
    details      jsonb NOT NULL,
    CONSTRAINT staff_journal_subject_check CHECK ((subject_kind IS NULL) = (subject IS NULL))
);
CREATE INDEX staff_journal_at ON staff_journal (at, number);
CREATE INDEX staff_journal_username ON staff_journal ((lower(username)) COLLATE "C", number);
CREATE INDEX staff_journal_subject ON staff_journal (subject COLLATE "C", number);
CREATE INDEX staff_journal_form ON staff_journal (form) WHERE form IS NOT NULL;

-- The number of the last row: one row, whose lock orders those who write.
CREATE TABLE staff_journal_last (
    is_it  boolean CONSTRAINT staff_journal_last_pkey PRIMARY KEY DEFAULT true CONSTRAINT staff_journal_last_check CHECK (is_it),
    number bigint NOT NULL
);
INSERT INTO staff_journal_last (number) VALUES (0);

-- Writes a row and returns its number; that of the row that says the same of the same form, if there is one. The lock is held until the
-- transaction ends, so rows appear in the order of their numbers.
CREATE FUNCTION staff_journal_write(
    of_staff bigint, of_username text, of_address text, of_action text, of_subject_kind text, of_subject text, of_form uuid,
    of_details jsonb
) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    new_number bigint;
    found_number bigint;
BEGIN
    SELECT number + 1 INTO STRICT new_number FROM staff_journal_last FOR UPDATE;
    SELECT j.number INTO found_number
    FROM staff_journal j
    WHERE j.form = of_form AND j.action = of_action COLLATE "C" AND j.staff_id IS NOT DISTINCT FROM of_staff
        AND j.subject_kind IS NOT DISTINCT FROM of_subject_kind COLLATE "C" AND j.subject IS NOT DISTINCT FROM of_subject COLLATE "C"
        AND j.details = of_details
    LIMIT 1;
    IF found_number IS NOT NULL THEN
        RETURN found_number;
    END IF;
    UPDATE staff_journal_last SET number = new_number;
    INSERT INTO staff_journal (number, at, staff_id, username, address, action, subject_kind, subject, form, details)
    VALUES (new_number, clock_timestamp(), of_staff, of_username, of_address, of_action, of_subject_kind, of_subject, of_form, of_details);
    RETURN new_number;
END;
$$;

CREATE FUNCTION staff_journal_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of staff_journal are never changed or deleted' USING ERRCODE = 'restrict_violation';
END;
$$;
CREATE TRIGGER staff_journal_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON staff_journal
    FOR EACH STATEMENT EXECUTE FUNCTION staff_journal_keep();
