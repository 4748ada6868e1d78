-- What came from the system that was here before: its number of a row, and ours. Kept for good: old addresses lead on by it,
-- and whoever moves in again finds out by it what has changed since.
CREATE TABLE moved_in (
    kind text NOT NULL CHECK (kind IN (
        'body', 'category', 'user', 'report', 'update', 'alert', 'report_photos', 'update_photos')),
    theirs bigint NOT NULL,
    -- No foreign key: what was deleted here stays deleted however often somebody moves in again.
    ours bigint NOT NULL,
    -- A number made of their row as it was then.
    seen uuid NOT NULL,
    -- When our row said it was last changed, as it was written: another moment there now means that somebody changed it here.
    written_at timestamptz,
    PRIMARY KEY (kind, theirs)
);
CREATE INDEX moved_in_ours_idx ON moved_in (kind, ours);

-- Their picture files, and the photos they became: none is decoded twice.
CREATE TABLE moved_photos (
    name text PRIMARY KEY,
    photo_id text NOT NULL REFERENCES photos ON DELETE CASCADE
);
CREATE INDEX moved_photos_photo_idx ON moved_photos (photo_id);

-- Nobody's systems are told of years of old reports: whoever moves in sets mendmap.moving_in on its own connection.
DROP TRIGGER reports_added_told ON reports;
DROP TRIGGER reports_changed_told ON reports;
DROP TRIGGER updates_added_told ON updates;
DROP TRIGGER updates_changed_told ON updates;
CREATE TRIGGER reports_added_told AFTER INSERT ON reports REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT WHEN (current_setting('mendmap.moving_in', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION note_report_events();
CREATE TRIGGER reports_changed_told AFTER UPDATE ON reports REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT WHEN (current_setting('mendmap.moving_in', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION note_report_events();
CREATE TRIGGER updates_added_told AFTER INSERT ON updates REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT WHEN (current_setting('mendmap.moving_in', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION note_update_events();
CREATE TRIGGER updates_changed_told AFTER UPDATE ON updates REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT WHEN (current_setting('mendmap.moving_in', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION note_update_events();
