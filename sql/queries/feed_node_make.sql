-- Makes on a node of a distributed database what V16 makes on the coordinator: the table of the feed's bases and the function of the next
-- position. They are the node's own, so that its writers need nobody else: Citus must not take them for the database's. Several statements,
-- executed as one transaction.
SET LOCAL citus.enable_ddl_propagation TO off;
CREATE TABLE IF NOT EXISTS feed_epochs (
    number            integer CONSTRAINT feed_epochs_pkey PRIMARY KEY,
    tag               integer NOT NULL,
    system_identifier bigint NOT NULL,
    timeline          text NOT NULL,
    server_start      timestamptz NOT NULL,
    database_id       oid NOT NULL,
    table_id          oid NOT NULL,
    base              bigint NOT NULL,
    last              bigint NOT NULL,
    sure              bigint NOT NULL,
    began_at          timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT feed_epochs_sure_check CHECK (sure <= last)
);
CREATE OR REPLACE FUNCTION feed_position() RETURNS bigint LANGUAGE sql VOLATILE
BEGIN ATOMIC
    SELECT base + pg_current_xact_id()::text::bigint FROM feed_epochs ORDER BY number DESC LIMIT 1;
END;
