-- Audits that staff began, each with what it found.

CREATE TABLE audits (
    id             bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT audits_pkey PRIMARY KEY,
    -- Who began it.
    staff_id       bigint NOT NULL CONSTRAINT audits_staff_id_fkey REFERENCES users,
    started_at     timestamptz NOT NULL DEFAULT now(),
    -- When it last said how far it is.
    seen_at        timestamptz NOT NULL DEFAULT now(),
    -- NULL while it runs, and for ever if its engine died.
    finished_at    timestamptz,
    slices_done    integer NOT NULL DEFAULT 0,
    users          bigint NOT NULL DEFAULT 0,
    wallets        bigint NOT NULL DEFAULT 0,
    operations     bigint NOT NULL DEFAULT 0,
    breaches       bigint NOT NULL DEFAULT 0,
    -- The first of them.
    breach_wallets uuid[] NOT NULL DEFAULT '{}',
    breach_texts   text[] NOT NULL DEFAULT '{}',
    -- Why it came to no end.
    error          text,
    CONSTRAINT audits_breaches_check CHECK (cardinality(breach_wallets) = cardinality(breach_texts)),
    CONSTRAINT audits_error_check CHECK (error IS NULL OR finished_at IS NOT NULL)
);
