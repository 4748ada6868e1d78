-- Whether whoever sends reports with this key knows their people already: they need no mail to confirm then.
ALTER TABLE api_keys ADD COLUMN trusted boolean NOT NULL DEFAULT false;

-- Other words for the category, for whoever looks for it in another app's list; separated by commas.
ALTER TABLE categories ADD COLUMN keywords text NOT NULL DEFAULT '';

-- Reports that came over Open311, with what their sender knows them and theirs by. Private, like report_contacts.
CREATE TABLE received_requests (
    report_id bigint PRIMARY KEY REFERENCES reports ON DELETE CASCADE,
    body_id bigint NOT NULL REFERENCES bodies ON DELETE CASCADE,
    -- The sender's own number of it: sent twice, it is one report.
    external_id text,
    account_id text,
    device_id text,
    UNIQUE (body_id, external_id)
);

-- Updates that came over Open311, by the sender's own number.
CREATE TABLE received_updates (
    body_id bigint NOT NULL REFERENCES bodies ON DELETE CASCADE,
    external_id text NOT NULL,
    update_id bigint NOT NULL REFERENCES updates ON DELETE CASCADE,
    -- When it happened, as the sender says.
    happened_at timestamptz NOT NULL,
    PRIMARY KEY (body_id, external_id)
);
CREATE INDEX received_updates_update_idx ON received_updates (update_id);

-- Pictures that a sender only gave the address of; a worker fetches them. The report is handed over when all are settled.
CREATE TABLE report_media (
    report_id bigint NOT NULL REFERENCES reports ON DELETE CASCADE,
    position smallint NOT NULL,
    url text NOT NULL,
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'taken', 'refused')),
    -- Why it was refused.
    reason text,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (report_id, position)
);
