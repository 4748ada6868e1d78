-- A body's webhooks: where its other systems, or an integrator it trusts, are told what changes in public.
CREATE TABLE webhooks (
    id uuid PRIMARY KEY,
    body_id bigint NOT NULL REFERENCES bodies ON DELETE CASCADE,
    url text NOT NULL,
    events text[] NOT NULL CHECK (cardinality(events) > 0 AND events <@ ARRAY[
        'report.published', 'report.changed', 'update.published', 'report.hidden']),
    -- Only of reports that went to this body, are of this category, lie in this area; NULL: of all. What is narrowed to
    -- something that goes must not become wide, so it goes too.
    of_body_id bigint REFERENCES bodies ON DELETE CASCADE,
    category_code text,
    area_id bigint REFERENCES areas ON DELETE CASCADE,
    -- What calls are signed with, sealed (auth/sealed.rs); the one before is good for a while after it was changed.
    secret bytea NOT NULL,
    old_secret bytea,
    old_secret_until timestamptz,
    enabled boolean NOT NULL DEFAULT true,
    -- Why it is not: staff switched it off, it failed for days, or its server said that it is gone.
    disabled_why text CHECK (disabled_why IN ('staff', 'failing', 'gone')),
    -- Since when nothing was taken but refused.
    failing_since timestamptz,
    created_by bigint REFERENCES users ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK (enabled = (disabled_why IS NULL)),
    CHECK ((old_secret IS NULL) = (old_secret_until IS NULL))
);
CREATE INDEX webhooks_body_idx ON webhooks (body_id);
CREATE INDEX webhooks_of_body_idx ON webhooks (of_body_id) WHERE of_body_id IS NOT NULL;
CREATE INDEX webhooks_area_idx ON webhooks (area_id) WHERE area_id IS NOT NULL;
CREATE INDEX webhooks_created_by_idx ON webhooks (created_by);

-- The log of what changed in public, from which webhooks are told, and told again for 30 days. No words of anybody: those are
-- read when they are sent, so that what was hidden or corrected since is sent to nobody. No foreign keys either: that
-- something is gone is told too.
CREATE TABLE report_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    kind text NOT NULL CHECK (kind IN ('report.published', 'report.changed', 'update.published', 'report.hidden')),
    report_id bigint NOT NULL,
    update_id bigint,
    -- As they were then, for choosing the webhooks.
    category_code text NOT NULL,
    body_ids bigint[] NOT NULL,
    -- The report's status after it.
    status text,
    -- What of a report changed.
    changed text[] NOT NULL DEFAULT '{}',
    -- Whether it was turned into deliveries.
    told boolean NOT NULL DEFAULT false,
    CHECK ((kind = 'update.published') = (update_id IS NOT NULL))
);
CREATE INDEX report_events_untold_idx ON report_events (id) WHERE NOT told;
CREATE INDEX report_events_at_idx ON report_events (at);

-- One event on its way to one webhook: never two.
CREATE TABLE webhook_deliveries (
    webhook_id uuid NOT NULL REFERENCES webhooks ON DELETE CASCADE,
    event_id bigint NOT NULL REFERENCES report_events ON DELETE CASCADE,
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sent', 'parked', 'withheld')),
    attempts integer NOT NULL DEFAULT 0,
    -- What its server answered last, and in which words.
    answer_status smallint,
    answer_words text,
    next_attempt_at timestamptz DEFAULT now(),
    sent_at timestamptz,
    PRIMARY KEY (webhook_id, event_id)
);
CREATE INDEX webhook_deliveries_event_idx ON webhook_deliveries (event_id);

-- A worker finds out whom these concern. One job a statement, with a name of its own: nobody waits for anybody.
CREATE FUNCTION tell_webhooks(last bigint) RETURNS void LANGUAGE sql AS $$
    INSERT INTO jobs (id, kind, payload, dedupe_key)
    SELECT gen_random_uuid(), 'tell_webhooks', jsonb_build_object('kind', 'tell_webhooks', 'event', last),
           'events until ' || last
    WHERE last IS NOT NULL
$$;

-- Notes what everybody can see of a change of reports. Where nobody listens it costs one look at an empty table.
CREATE FUNCTION note_report_events() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM webhooks) THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'INSERT' THEN
        WITH made AS (
            INSERT INTO report_events (kind, report_id, category_code, body_ids, status)
            SELECT 'report.published', id, category_code, body_ids, status
            FROM new_rows WHERE visibility = 'published' ORDER BY id
            RETURNING id)
        SELECT max(id) INTO last FROM made;
    ELSIF TG_OP = 'DELETE' THEN
        WITH made AS (
            INSERT INTO report_events (kind, report_id, category_code, body_ids)
            SELECT 'report.hidden', id, category_code, body_ids
            FROM old_rows WHERE visibility = 'published' ORDER BY id
            RETURNING id)
        SELECT max(id) INTO last FROM made;
    ELSE
        WITH compared AS (
            SELECT n.*, o.visibility = 'published' AS was_seen, n.visibility = 'published' AS is_seen,
                   array_remove(ARRAY[
                       CASE WHEN (o.status, o.fixed_by, o.duplicate_of)
                                 IS DISTINCT FROM (n.status, n.fixed_by, n.duplicate_of) THEN 'status' END,
                       CASE WHEN o.title <> n.title THEN 'title' END,
                       CASE WHEN o.detail <> n.detail THEN 'detail' END,
                       CASE WHEN (o.category_code, o.category_name, o.category_group)
                                 <> (n.category_code, n.category_name, n.category_group) THEN 'category' END,
                       CASE WHEN o.body_ids <> n.body_ids THEN 'bodies' END,
                       CASE WHEN (public.ST_AsBinary(o.location), o.street, o.area)
                                 IS DISTINCT FROM (public.ST_AsBinary(n.location), n.street, n.area) THEN 'location' END,
                       CASE WHEN o.public_name IS DISTINCT FROM n.public_name THEN 'author_name' END
                   ], NULL) AS changes
            FROM old_rows o JOIN new_rows n ON n.id = o.id
            WHERE 'published' IN (o.visibility, n.visibility)
        ), made AS (
            INSERT INTO report_events (kind, report_id, category_code, body_ids, status, changed)
            SELECT CASE WHEN NOT was_seen THEN 'report.published' WHEN NOT is_seen THEN 'report.hidden'
                        ELSE 'report.changed' END,
                   id, category_code, body_ids, CASE WHEN is_seen THEN status END,
                   CASE WHEN was_seen AND is_seen THEN changes ELSE '{}' END
            FROM compared
            WHERE was_seen <> is_seen OR changes <> '{}'
            ORDER BY id
            RETURNING id)
        SELECT max(id) INTO last FROM made;
    END IF;
    PERFORM tell_webhooks(last);
    RETURN NULL;
END $$;
CREATE TRIGGER reports_added_told AFTER INSERT ON reports REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_report_events();
CREATE TRIGGER reports_changed_told AFTER UPDATE ON reports REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_report_events();
CREATE TRIGGER reports_taken_told AFTER DELETE ON reports REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_report_events();

-- The same of updates. One that is corrected, hidden or deleted is a change of its report.
CREATE FUNCTION note_update_events() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM webhooks) THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'INSERT' THEN
        WITH made AS (
            INSERT INTO report_events (kind, report_id, update_id, category_code, body_ids, status)
            SELECT 'update.published', r.id, n.id, r.category_code, r.body_ids, coalesce(n.status, r.status)
            FROM new_rows n JOIN reports r ON r.id = n.report_id AND r.visibility = 'published'
            WHERE n.visibility = 'published' ORDER BY n.id
            RETURNING id)
        SELECT max(id) INTO last FROM made;
    ELSIF TG_OP = 'DELETE' THEN
        WITH made AS (
            INSERT INTO report_events (kind, report_id, category_code, body_ids, status, changed)
            SELECT DISTINCT 'report.changed', r.id, r.category_code, r.body_ids, r.status, ARRAY['updates']
            FROM old_rows o JOIN reports r ON r.id = o.report_id AND r.visibility = 'published'
            WHERE o.visibility = 'published'
            RETURNING id)
        SELECT max(id) INTO last FROM made;
    ELSE
        WITH made AS (
            INSERT INTO report_events (kind, report_id, update_id, category_code, body_ids, status, changed)
            SELECT CASE WHEN o.visibility <> 'published' THEN 'update.published' ELSE 'report.changed' END,
                   r.id, CASE WHEN o.visibility <> 'published' THEN n.id END, r.category_code, r.body_ids,
                   CASE WHEN o.visibility <> 'published' THEN coalesce(n.status, r.status) ELSE r.status END,
                   CASE WHEN o.visibility <> 'published' THEN '{}' ELSE ARRAY['updates'] END
            FROM old_rows o JOIN new_rows n ON n.id = o.id
            JOIN reports r ON r.id = n.report_id AND r.visibility = 'published'
            WHERE 'published' IN (o.visibility, n.visibility)
              AND (o.visibility, o.text, o.status, o.duplicate_of, o.public_name, o.by_author, o.body_id)
                  IS DISTINCT FROM
                  (n.visibility, n.text, n.status, n.duplicate_of, n.public_name, n.by_author, n.body_id)
            ORDER BY n.id
            RETURNING id)
        SELECT max(id) INTO last FROM made;
    END IF;
    PERFORM tell_webhooks(last);
    RETURN NULL;
END $$;
CREATE TRIGGER updates_added_told AFTER INSERT ON updates REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_update_events();
CREATE TRIGGER updates_changed_told AFTER UPDATE ON updates REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_update_events();
CREATE TRIGGER updates_taken_told AFTER DELETE ON updates REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_update_events();
