-- V16__feed.sql, where wallets are distributed: a default there cannot depend on feed_epochs, which each node has for itself. So nothing but
-- an engine that knows of positions may write.
SET LOCAL lock_timeout = '200ms';
CREATE TABLE feed_epochs (
    number            integer CONSTRAINT feed_epochs_pkey PRIMARY KEY,
    -- By chance: a copy of this database begins another epoch of the same number.
    tag               integer NOT NULL,
    -- The server in whose run it began, as in session_identity.sql.
    system_identifier bigint NOT NULL,
    timeline          text NOT NULL,
    server_start      timestamptz NOT NULL,
    -- The database in which it began, and this table of it: a dump that is restored on the same server has others.
    database_id       oid NOT NULL,
    table_id          oid NOT NULL,
    base              bigint NOT NULL,
    -- The highest position of the epochs before it that the database holds.
    last              bigint NOT NULL,
    -- The highest position up to which it is certain to hold all that there was.
    sure              bigint NOT NULL,
    began_at          timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT feed_epochs_sure_check CHECK (sure <= last)
);
INSERT INTO feed_epochs (number, tag, system_identifier, timeline, server_start, database_id, table_id, base, last, sure)
SELECT
    1, floor(random() * 2147483647), (pg_control_system()).system_identifier, left(pg_walfile_name(pg_current_wal_lsn()), 8),
    pg_postmaster_start_time(), (SELECT oid FROM pg_database WHERE datname = current_database()), 'feed_epochs'::regclass, 0, 0, 0;
CREATE FUNCTION feed_position() RETURNS bigint LANGUAGE sql VOLATILE
BEGIN ATOMIC
    SELECT base + pg_current_xact_id()::text::bigint FROM feed_epochs ORDER BY number DESC LIMIT 1;
END;
ALTER TABLE operations ADD COLUMN feed_position bigint;
ALTER TABLE operations ADD COLUMN feed_run integer;
ALTER TABLE operations ALTER COLUMN feed_run SET DEFAULT 1;
