-- One number that processes raise to see how far a copy of this database is behind it. Rows of it die young: most of the page
-- is left free for the next ones.
CREATE TABLE reader_marks (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    number bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 10);
INSERT INTO reader_marks DEFAULT VALUES;

-- What the mail service tells about mails of ours, until the worker has read it.
CREATE TABLE mail_feedback (
    id uuid PRIMARY KEY,
    message text NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now()
);

-- Addresses that get no mail any more. They are not kept themselves, only what SECRET_KEY makes of them.
CREATE TABLE refused_addresses (
    address_hash bytea PRIMARY KEY CHECK (length(address_hash) = 32),
    reason text NOT NULL CHECK (reason IN ('bounced', 'complained')),
    since timestamptz NOT NULL DEFAULT now()
);
