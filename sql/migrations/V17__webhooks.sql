-- Webhooks: addresses that events are delivered to, and what of each is not delivered yet.
--
-- A webhook's cursor is a position of the feed: every event up to it is delivered, waits in webhook_waiting, or is in
-- webhook_set_aside. So a webhook costs the ledger nothing, and what it has to catch up with takes no room here.
--
-- An engine of an earlier version on the same database delivers nothing.
CREATE TABLE webhooks (
    id              uuid CONSTRAINT webhooks_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    -- One of a hundred: so there are never more, however many are made at once.
    slot            smallint NOT NULL,
    url             text NOT NULL,
    -- NULL: every type.
    types           text[],
    -- NULL: every wallet.
    wallet_id       uuid,
    enabled         boolean NOT NULL DEFAULT true,
    -- Deliveries are signed with it, so it is not a digest: whoever reads this table can sign.
    secret          bytea NOT NULL,
    -- The one before, which signs as well until then.
    old_secret      bytea,
    old_secret_until timestamptz,
    cursor          text NOT NULL,
    -- Created, enabled or replayed: the time that an event has to be delivered in begins no earlier.
    since           timestamptz NOT NULL DEFAULT now(),
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    -- Who made it; NULL: not known, as keys are off.
    actor           text,
    -- Rises with every change by people or programs, so that whoever delivers does not write over one.
    version         bigint NOT NULL DEFAULT 1,
    -- The engine that delivers, until then.
    leased_by       uuid,
    leased_until    timestamptz,
    last_success_at timestamptz,
    last_failure_at timestamptz,
    last_failure    text,
    CONSTRAINT webhooks_slot_check CHECK (slot BETWEEN 1 AND 100),
    CONSTRAINT webhooks_url_check CHECK (char_length(url) BETWEEN 1 AND 2048),
    CONSTRAINT webhooks_secret_check CHECK (octet_length(secret) BETWEEN 24 AND 64),
    CONSTRAINT webhooks_old_secret_check CHECK ((old_secret IS NULL) = (old_secret_until IS NULL)),
    CONSTRAINT webhooks_lease_check CHECK ((leased_by IS NULL) = (leased_until IS NULL))
);
CREATE UNIQUE INDEX webhooks_slot_key ON webhooks (slot);

-- Wallets whose next event could not be delivered: their later events wait for it, those of other wallets do not.
CREATE TABLE webhook_waiting (
    webhook_id      uuid NOT NULL CONSTRAINT webhook_waiting_webhook_id_fkey REFERENCES webhooks ON DELETE CASCADE,
    -- All zeros: events that are of no wallet.
    wallet_id       uuid NOT NULL,
    -- The wallet's events up to here are delivered.
    cursor          text NOT NULL,
    attempts        integer NOT NULL,
    first_failed_at timestamptz NOT NULL,
    next_attempt_at timestamptz NOT NULL,
    last_status     integer,
    last_error      text,
    CONSTRAINT webhook_waiting_pkey PRIMARY KEY (webhook_id, wallet_id)
);

-- Events that were given up, until they are sent again: about ten thousand of a webhook at most, which is disabled then.
CREATE TABLE webhook_set_aside (
    webhook_id        uuid NOT NULL CONSTRAINT webhook_set_aside_webhook_id_fkey REFERENCES webhooks ON DELETE CASCADE,
    id                bigint GENERATED ALWAYS AS IDENTITY,
    -- The event's place in the feed.
    cursor            text COLLATE "C" NOT NULL,
    type              text NOT NULL,
    -- NULL, both: an event that is of no wallet.
    wallet_id         uuid,
    seq               bigint,
    set_aside_at      timestamptz NOT NULL DEFAULT now(),
    attempts          integer NOT NULL,
    last_status       integer,
    last_error        text,
    -- It is to be sent again, by whoever delivers; sent, the row is deleted.
    send_requested_at timestamptz,
    CONSTRAINT webhook_set_aside_pkey PRIMARY KEY (webhook_id, id),
    CONSTRAINT webhook_set_aside_cursor_key UNIQUE (webhook_id, cursor),
    CONSTRAINT webhook_set_aside_row_check CHECK ((wallet_id IS NULL) = (seq IS NULL))
);
CREATE INDEX webhook_set_aside_requested_idx ON webhook_set_aside (webhook_id, send_requested_at)
    WHERE send_requested_at IS NOT NULL;

-- Changes under an idempotency key, with what was answered: rows as they were right after it, without secrets.
CREATE TABLE webhook_requests (
    -- As the ledger names them; empty: not known.
    actor        text COLLATE "C" NOT NULL,
    key          text COLLATE "C" NOT NULL,
    request_hash bytea NOT NULL,
    answer       jsonb NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT webhook_requests_pkey PRIMARY KEY (actor, key),
    CONSTRAINT webhook_requests_key_check CHECK (octet_length(key) BETWEEN 1 AND 255)
);
