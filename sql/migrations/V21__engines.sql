-- Engines of this database, as each reports itself every few seconds, and their counters of the last minutes, for the panel's
-- overview. Nothing else reads them: without a row an engine serves all the same, as one of an earlier version does.
--
-- Both are bounded: an engine has one row, and a ring of samples whose slots it writes over; rows of engines that have not
-- reported for a day go, and so do the oldest beyond a hundred.
CREATE TABLE engines (
    -- Of the process, so that two engines of one name do not overwrite each other.
    id          uuid CONSTRAINT engines_pkey PRIMARY KEY,
    name        text NOT NULL,
    -- Its host and port.
    address     text NOT NULL,
    -- Both by the database's clock, as engines' clocks differ.
    started_at  timestamptz NOT NULL,
    seen_at     timestamptz NOT NULL,
    -- What it is doing; an engine of another version may lack a part or have more.
    report      jsonb NOT NULL,
    CONSTRAINT engines_name_check CHECK (char_length(name) BETWEEN 1 AND 300),
    CONSTRAINT engines_address_check CHECK (char_length(address) BETWEEN 1 AND 300),
    CONSTRAINT engines_report_check CHECK (octet_length(report::text) <= 65536)
);

CREATE TABLE engine_samples (
    engine_id   uuid NOT NULL CONSTRAINT engine_samples_engine_id_fkey REFERENCES engines ON DELETE CASCADE,
    -- One of a ring's: the oldest sample makes room for the newest.
    slot        smallint NOT NULL,
    at          timestamptz NOT NULL,
    -- Counters since the engine's start.
    counters    jsonb NOT NULL,
    CONSTRAINT engine_samples_pkey PRIMARY KEY (engine_id, slot),
    CONSTRAINT engine_samples_slot_check CHECK (slot BETWEEN 0 AND 255),
    CONSTRAINT engine_samples_counters_check CHECK (octet_length(counters::text) <= 8192)
);
