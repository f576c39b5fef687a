-- What operators move alone up to a ceiling, and what waits for a second person.

-- What a member of staff has reserved of their ceiling by the forms that they sent: before the engine is asked. A form of one
-- wallet counts once however often it is sent; the key of a form may be sent for several wallets by hand, so the wallet is in
-- the primary key. Rows older than a day are deleted by the next reservation of the same person.
CREATE TABLE staff_amounts (
    staff_id    bigint NOT NULL,
    wallet_id   uuid NOT NULL,
    form        uuid NOT NULL,
    amount      numeric(10, 2) NOT NULL CONSTRAINT staff_amounts_amount_check CHECK (amount > 0),
    -- Those that were not finally refused. None: nothing is reserved.
    attempts    integer NOT NULL CONSTRAINT staff_amounts_attempts_check CHECK (attempts >= 0),
    reserved_at timestamptz NOT NULL,
    CONSTRAINT staff_amounts_pkey PRIMARY KEY (staff_id, wallet_id, form)
);
CREATE INDEX staff_amounts_reserved_at_idx ON staff_amounts (staff_id, reserved_at);

-- Adjustments that wait, or waited, for a second person. What is proposed, why and by whom is the row of adjustments of the same
-- wallet and key; whether it was carried out is in the ledger, under that key.
CREATE TABLE approvals (
    id              bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT approvals_pkey PRIMARY KEY,
    wallet_id       uuid NOT NULL,
    idempotency_key text COLLATE "C" NOT NULL,
    -- Who proposed it.
    staff_id        bigint NOT NULL,
    -- Of the wallet, when it was proposed.
    balance         numeric(12, 2) NOT NULL,
    proposed_at     timestamptz NOT NULL,
    -- From then on it is neither decided nor carried out.
    expires_at      timestamptz NOT NULL,
    state           text COLLATE "C" NOT NULL DEFAULT 'waiting'
        CONSTRAINT approvals_state_check CHECK (state IN ('waiting', 'approved', 'declined', 'withdrawn')),
    decided_by      bigint,
    decided_at      timestamptz,
    -- Why it was declined.
    decision        text CONSTRAINT approvals_decision_check CHECK (char_length(decision) BETWEEN 3 AND 500),
    CONSTRAINT approvals_decided_check
        CHECK ((state = 'waiting') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)),
    -- No one approves or declines their own, and no one withdraws another's.
    CONSTRAINT approvals_eyes_check CHECK (decided_by IS NULL OR (decided_by = staff_id) = (state = 'withdrawn'))
);
CREATE UNIQUE INDEX approvals_adjustment_key ON approvals (wallet_id, idempotency_key);
CREATE INDEX approvals_waiting_idx ON approvals (expires_at) WHERE state = 'waiting';
