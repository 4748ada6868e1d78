-- The names of its ward and its council are told with a report: under another name of an area, or as another kind of area, every
-- report in it that everybody sees has changed. An import touches thousands of areas, mostly for their outlines: those tell nothing.
CREATE FUNCTION note_area_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE report_changes SET changed_in = pg_current_xact_id(), changed_at = now()
    FROM (SELECT c.report_id FROM report_changes c
          WHERE c.report_id IN (SELECT l.report_id
                                FROM old_rows o JOIN new_rows n ON n.id = o.id JOIN report_areas l ON l.area_id = n.id
                                WHERE (o.kind, o.name) IS DISTINCT FROM (n.kind, n.name))
            AND NOT c.gone AND c.changed_in <> pg_current_xact_id()
          -- Everybody who notes changes takes them in this order.
          ORDER BY c.report_id FOR NO KEY UPDATE) AS known
    WHERE report_changes.report_id = known.report_id;
    RETURN NULL;
END $$;
CREATE TRIGGER areas_changed_noted AFTER UPDATE ON areas REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_area_changes();
