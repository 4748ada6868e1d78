-- Bodies whose back office speaks Open311: where it is, and how far the two are in step.
CREATE TABLE open311_servers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    body_id bigint NOT NULL UNIQUE REFERENCES bodies ON DELETE CASCADE,
    endpoint text NOT NULL,
    jurisdiction text,
    -- Sealed with a key derived from SECRET_KEY: it must be sent, so a hash would not do.
    key_sealed bytea,
    format text NOT NULL DEFAULT 'xml' CHECK (format IN ('xml', 'json')),
    extended_statuses boolean NOT NULL DEFAULT false,
    photos text NOT NULL DEFAULT 'links' CHECK (photos IN ('links', 'uploads')),
    created_at timestamptz NOT NULL DEFAULT now(),
    -- The service list.
    synced_at timestamptz,
    sync_failures integer NOT NULL DEFAULT 0,
    sync_words text,
    -- Updates: asked for up to here, so many minutes at a time.
    polled_to timestamptz NOT NULL DEFAULT now(),
    poll_minutes integer NOT NULL DEFAULT 1440,
    polled_at timestamptz,
    poll_failures integer NOT NULL DEFAULT 0,
    poll_words text,
    -- Whether it has servicerequestupdates; null until it was asked.
    has_updates boolean
);

-- Which of a body's categories is which service of its server. A category without a row is delivered by mail.
CREATE TABLE open311_services (
    category_id bigint PRIMARY KEY REFERENCES categories ON DELETE CASCADE,
    server_id bigint NOT NULL REFERENCES open311_servers ON DELETE CASCADE,
    code text NOT NULL,
    kind text NOT NULL DEFAULT 'realtime' CHECK (kind IN ('realtime', 'batch', 'blackbox')),
    -- What stays as it is here, whatever the server says.
    protected text[] NOT NULL DEFAULT '{}' CHECK (protected <@ ARRAY['name', 'group', 'hint', 'questions', 'private', 'live']),
    -- The codes of its own questions: what people answer, and what we fill in.
    asked text[] NOT NULL DEFAULT '{}',
    automated text[] NOT NULL DEFAULT '{}',
    -- When its questions were last fetched.
    defined_at timestamptz,
    -- Whether the server no longer lists it.
    gone boolean NOT NULL DEFAULT false,
    UNIQUE (server_id, code)
);

-- Services that are to be no category here.
CREATE TABLE open311_ignored (
    server_id bigint NOT NULL REFERENCES open311_servers ON DELETE CASCADE,
    code text NOT NULL,
    PRIMARY KEY (server_id, code)
);

-- A report that goes, or went, to such a server.
CREATE TABLE open311_requests (
    report_id bigint NOT NULL REFERENCES reports ON DELETE CASCADE,
    server_id bigint NOT NULL REFERENCES open311_servers ON DELETE CASCADE,
    -- 'sending' until it answered; 'token' while only that is known; 'unnumbered' when it never will have a number.
    state text NOT NULL DEFAULT 'sending' CHECK (state IN ('sending', 'token', 'numbered', 'unnumbered')),
    request_id text,
    token text,
    token_at timestamptz,
    token_tries integer NOT NULL DEFAULT 0,
    -- When it was first written to the server; from then on nobody knows whether it arrived until it answers.
    tried_at timestamptz,
    -- The server's own moment of the newest update that spoke of the status.
    status_at timestamptz,
    -- When a server without servicerequestupdates was last asked about it.
    asked_at timestamptz,
    -- The numbers of what it said then: status and notes, and the notes alone.
    seen uuid,
    seen_notes uuid,
    PRIMARY KEY (report_id, server_id)
);
-- Not unique: some servers give two reports of the same thing one number.
CREATE INDEX open311_requests_number_idx ON open311_requests (server_id, request_id);
CREATE INDEX open311_requests_asked_idx ON open311_requests (server_id, asked_at NULLS FIRST) WHERE request_id IS NOT NULL;

-- Every update that crossed, in either direction, once.
CREATE TABLE open311_updates (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    server_id bigint NOT NULL REFERENCES open311_servers ON DELETE CASCADE,
    report_id bigint NOT NULL REFERENCES reports ON DELETE CASCADE,
    -- Ours; null for one that came and said nothing new.
    update_id bigint REFERENCES updates ON DELETE SET NULL,
    incoming boolean NOT NULL,
    -- The server's; null for one that is being sent.
    remote_id text,
    -- The number of its words: to know ours again should the server's own number never have reached us, and to hear nothing
    -- said twice.
    said uuid,
    note text,
    -- Addresses of the pictures that came with it.
    media text[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (server_id, report_id, remote_id)
);
CREATE UNIQUE INDEX open311_updates_ours_idx ON open311_updates (server_id, update_id) WHERE update_id IS NOT NULL;
CREATE INDEX open311_updates_report_idx ON open311_updates (report_id);
CREATE INDEX open311_updates_update_idx ON open311_updates (update_id);
