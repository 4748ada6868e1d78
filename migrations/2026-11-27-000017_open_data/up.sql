-- Open data: when what happened to a report, and in which order reports changed.

-- When it was first handed to a body, first answered by one, and became fixed or closed, if it still is. Kept by triggers, so
-- that nobody who reads a million reports has to look for them in their stories.
ALTER TABLE reports
    ADD COLUMN sent_at timestamptz,
    ADD COLUMN answered_at timestamptz,
    ADD COLUMN fixed_at timestamptz,
    ADD COLUMN closed_at timestamptz;

-- Finds the moments of these reports anew. A report is fixed, or closed, since the first update that said so after the last
-- one that said anything else.
CREATE FUNCTION keep_moments(ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    -- First: two that change the story of one report at once must see each other's part of it.
    PERFORM FROM reports WHERE id = ANY (ids) ORDER BY id FOR NO KEY UPDATE;
    UPDATE reports SET sent_at = found.sent, answered_at = found.answered, fixed_at = found.fixed, closed_at = found.closed
    FROM (
        SELECT r.id,
               (SELECT min(d.sent_at) FROM deliveries d WHERE d.report_id = r.id AND d.update_id IS NULL) AS sent,
               said.answered,
               said.fixed,
               said.closed
        FROM reports r
        CROSS JOIN LATERAL (
            SELECT min(u.created_at) FILTER (WHERE u.body_id IS NOT NULL) AS answered,
                   min(u.created_at) FILTER (WHERE u.status = 'fixed' AND u.later = 0) AS fixed,
                   min(u.created_at) FILTER (WHERE u.said = 'closed' AND u.later = 0) AS closed
            FROM (
                -- `later`: how often something else was said after it.
                SELECT s.*, count(*) FILTER (WHERE s.said IS NOT NULL AND s.said <> s.last)
                           OVER (ORDER BY s.created_at DESC, s.id DESC) AS later
                FROM (
                    SELECT g.*, first_value(g.said) OVER (ORDER BY g.said IS NULL, g.created_at DESC, g.id DESC) AS last
                    FROM (
                        SELECT p.id, p.created_at, p.body_id, p.status,
                               CASE WHEN p.status IN ('open', 'investigating', 'action_scheduled', 'in_progress') THEN 'open'
                                    WHEN p.status = 'fixed' THEN 'fixed'
                                    WHEN p.status IS NOT NULL THEN 'closed' END AS said
                        FROM updates p
                        WHERE p.report_id = r.id AND p.visibility = 'published'
                    ) AS g
                ) AS s
            ) AS u
        ) AS said
        WHERE r.id = ANY (ids)
    ) AS found
    WHERE reports.id = found.id
      AND (reports.sent_at, reports.answered_at, reports.fixed_at, reports.closed_at)
          IS DISTINCT FROM (found.sent, found.answered, found.fixed, found.closed);
END $$;

CREATE FUNCTION keep_moments_of_updates() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ids bigint[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(DISTINCT report_id) INTO ids FROM new_rows
        WHERE visibility = 'published' AND (body_id IS NOT NULL OR status IS NOT NULL);
    ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(DISTINCT report_id) INTO ids FROM old_rows
        WHERE visibility = 'published' AND (body_id IS NOT NULL OR status IS NOT NULL);
    ELSE
        SELECT array_agg(DISTINCT n.report_id) INTO ids FROM old_rows o JOIN new_rows n ON n.id = o.id
        WHERE 'published' IN (o.visibility, n.visibility)
          AND (n.body_id IS NOT NULL OR n.status IS NOT NULL OR o.body_id IS NOT NULL OR o.status IS NOT NULL)
          AND (o.visibility, o.body_id, o.status, o.created_at) IS DISTINCT FROM (n.visibility, n.body_id, n.status, n.created_at);
    END IF;
    IF ids IS NOT NULL THEN
        PERFORM keep_moments(ids);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER updates_added_moments AFTER INSERT ON updates REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_moments_of_updates();
CREATE TRIGGER updates_changed_moments AFTER UPDATE ON updates REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_moments_of_updates();
CREATE TRIGGER updates_taken_moments AFTER DELETE ON updates REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_moments_of_updates();

CREATE FUNCTION keep_moments_of_deliveries() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ids bigint[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(DISTINCT report_id) INTO ids FROM new_rows WHERE update_id IS NULL AND sent_at IS NOT NULL;
    ELSE
        SELECT array_agg(DISTINCT n.report_id) INTO ids FROM old_rows o JOIN new_rows n ON n.id = o.id
        WHERE n.update_id IS NULL AND o.sent_at IS DISTINCT FROM n.sent_at;
    END IF;
    IF ids IS NOT NULL THEN
        PERFORM keep_moments(ids);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER deliveries_added_moments AFTER INSERT ON deliveries REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_moments_of_deliveries();
CREATE TRIGGER deliveries_changed_moments AFTER UPDATE ON deliveries REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_moments_of_deliveries();

-- The reports there are already. What follows from a change of a report is about none of these columns.
ALTER TABLE reports DISABLE TRIGGER USER;
SELECT keep_moments(array_agg(id)) FROM reports GROUP BY id / 10000;
ALTER TABLE reports ENABLE TRIGGER USER;

-- Who pulls what changed asks for what was changed by a transaction after the last one they know: numbers of transactions are
-- in order, and those below pg_snapshot_xmin() are all decided, so that nothing can turn up among what was read already. A clock
-- promises neither. One row a report: its last change. No foreign key: that a report is gone is told too.
CREATE TABLE report_changes (
    report_id bigint PRIMARY KEY,
    changed_in xid8 NOT NULL DEFAULT pg_current_xact_id(),
    changed_at timestamptz NOT NULL DEFAULT now(),
    -- Hidden, private again, or erased.
    gone boolean NOT NULL DEFAULT false
);
CREATE INDEX report_changes_order_idx ON report_changes (changed_in, report_id);

CREATE FUNCTION note_report_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO report_changes (report_id)
        SELECT id FROM new_rows WHERE visibility = 'published' ORDER BY id
        -- A number can come again where rows are copied in.
        ON CONFLICT (report_id) DO UPDATE
        SET changed_in = excluded.changed_in, changed_at = excluded.changed_at, gone = false;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO report_changes (report_id, gone)
        SELECT id, true FROM old_rows WHERE visibility = 'published' ORDER BY id
        ON CONFLICT (report_id) DO UPDATE
        SET changed_in = excluded.changed_in, changed_at = excluded.changed_at, gone = true;
    ELSE
        INSERT INTO report_changes (report_id, gone)
        SELECT n.id, n.visibility <> 'published'
        FROM old_rows o JOIN new_rows n ON n.id = o.id
        WHERE 'published' IN (o.visibility, n.visibility)
          AND (o.visibility, o.location, o.title, o.detail, o.category_code, o.category_name, o.category_group, o.status,
               o.fixed_by, o.duplicate_of, o.street, o.area, o.created_at, o.confirmed_at, o.supporter_count,
               o.update_count, o.body_ids, o.sent_at, o.answered_at, o.fixed_at, o.closed_at)
              IS DISTINCT FROM
              (n.visibility, n.location, n.title, n.detail, n.category_code, n.category_name, n.category_group, n.status,
               n.fixed_by, n.duplicate_of, n.street, n.area, n.created_at, n.confirmed_at, n.supporter_count,
               n.update_count, n.body_ids, n.sent_at, n.answered_at, n.fixed_at, n.closed_at)
        ORDER BY n.id
        ON CONFLICT (report_id) DO UPDATE
        SET changed_in = excluded.changed_in, changed_at = excluded.changed_at, gone = excluded.gone
        -- Once in a transaction is enough.
        WHERE (report_changes.changed_in, report_changes.gone) IS DISTINCT FROM (excluded.changed_in, excluded.gone);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER reports_added_noted AFTER INSERT ON reports REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_report_changes();
CREATE TRIGGER reports_changed_noted AFTER UPDATE ON reports REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_report_changes();
CREATE TRIGGER reports_taken_noted AFTER DELETE ON reports REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_report_changes();

-- What belongs to a report and is told with it.
CREATE FUNCTION note_report_part_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE report_changes SET changed_in = pg_current_xact_id(), changed_at = now()
    FROM (SELECT c.report_id FROM report_changes c
          WHERE c.report_id IN (SELECT report_id FROM changed_rows) AND NOT c.gone AND c.changed_in <> pg_current_xact_id()
          ORDER BY c.report_id FOR NO KEY UPDATE) AS known
    WHERE report_changes.report_id = known.report_id;
    RETURN NULL;
END $$;
CREATE TRIGGER report_areas_added_noted AFTER INSERT ON report_areas REFERENCING NEW TABLE AS changed_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_report_part_changes();
CREATE TRIGGER report_areas_taken_noted AFTER DELETE ON report_areas REFERENCING OLD TABLE AS changed_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_report_part_changes();
CREATE TRIGGER report_photos_added_noted AFTER INSERT ON report_photos REFERENCING NEW TABLE AS changed_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_report_part_changes();
CREATE TRIGGER report_photos_taken_noted AFTER DELETE ON report_photos REFERENCING OLD TABLE AS changed_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_report_part_changes();

INSERT INTO report_changes (report_id) SELECT id FROM reports WHERE visibility = 'published';

-- Which order of changes a cursor belongs to. A copy of the data in another database, or one taken back to an earlier moment,
-- begins a new one (`mendmap admin restart-changes`), so that no cursor of the old one skips what is new.
INSERT INTO settings (key, value) VALUES ('changes_epoch', to_jsonb(gen_random_uuid()));
