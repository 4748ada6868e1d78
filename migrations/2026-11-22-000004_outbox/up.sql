-- What must happen later, written in the transaction that makes it necessary. Done rows are deleted.
CREATE TABLE jobs (
    id uuid PRIMARY KEY,
    kind text NOT NULL,
    payload jsonb NOT NULL,
    -- Two rows that would do the same thing are one.
    dedupe_key text UNIQUE,
    run_at timestamptz NOT NULL DEFAULT now(),
    attempts integer NOT NULL DEFAULT 0,
    -- While set and in the future, a worker is at it; a worker that died leaves it to run out.
    leased_until timestamptz,
    parked_at timestamptz,
    last_error text,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX jobs_due_idx ON jobs (run_at) WHERE parked_at IS NULL;

CREATE FUNCTION notify_jobs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('jobs', '');
    RETURN NULL;
END $$;
CREATE TRIGGER jobs_wake AFTER INSERT ON jobs FOR EACH STATEMENT EXECUTE FUNCTION notify_jobs();

-- One attempt chain to hand a report, or an update of it, to one body.
CREATE TABLE deliveries (
    id uuid PRIMARY KEY,
    report_id bigint NOT NULL REFERENCES reports ON DELETE CASCADE,
    update_id bigint REFERENCES updates ON DELETE CASCADE,
    body_id bigint NOT NULL REFERENCES bodies ON DELETE CASCADE,
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sent', 'parked', 'withheld')),
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz,
    sent_at timestamptz,
    last_error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE NULLS NOT DISTINCT (report_id, body_id, update_id)
);
-- The last day on which a body's staff were told of its parked deliveries.
CREATE TABLE parked_summaries (
    body_id bigint PRIMARY KEY REFERENCES bodies ON DELETE CASCADE,
    day date NOT NULL
);
CREATE INDEX deliveries_update_idx ON deliveries (update_id) WHERE update_id IS NOT NULL;
CREATE INDEX deliveries_parked_idx ON deliveries (body_id) WHERE state = 'parked';
CREATE INDEX deliveries_body_idx ON deliveries (body_id);
