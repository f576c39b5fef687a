-- Users as staff look for them, and what staff changed of them.

-- Each begins with both flags, so that any choice of flags, however rare, is a range or a few ranges of the index
-- (sql/queries/admin_users_by_username.sql). Names are in the order of their characters, whatever the database's
-- collation: so a beginning of a name is a range as well.
CREATE INDEX users_by_username ON users (is_active, is_staff, (lower(username)) COLLATE "C", id);
CREATE INDEX users_by_email ON users (is_active, is_staff, (lower(email)) COLLATE "C", id);
CREATE INDEX users_by_created_at ON users (is_active, is_staff, created_at, id);

-- A change of one field, written by the statement that made it. Nothing changes or deletes a row.
CREATE TABLE user_changes (
    id         bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT user_changes_pkey PRIMARY KEY,
    user_id    bigint NOT NULL CONSTRAINT user_changes_user_id_fkey REFERENCES users,
    -- NULL: nobody of the staff, but `wallet-engine create-admin`.
    staff_id   bigint CONSTRAINT user_changes_staff_id_fkey REFERENCES users,
    field      text NOT NULL CONSTRAINT user_changes_field_check
        CHECK (field IN ('email', 'is_active', 'is_staff', 'password')),
    -- NULL for a password: not even its hash is kept twice.
    was        text,
    became     text,
    changed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT user_changes_values_check
        CHECK ((was IS NULL) = (field = 'password') AND (became IS NULL) = (field = 'password'))
);
CREATE INDEX user_changes_user_id_idx ON user_changes (user_id, id);
