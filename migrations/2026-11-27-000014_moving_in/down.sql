DROP TRIGGER reports_added_told ON reports;
DROP TRIGGER reports_changed_told ON reports;
DROP TRIGGER updates_added_told ON updates;
DROP TRIGGER updates_changed_told ON updates;
CREATE TRIGGER reports_added_told AFTER INSERT ON reports REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_report_events();
CREATE TRIGGER reports_changed_told AFTER UPDATE ON reports REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_report_events();
CREATE TRIGGER updates_added_told AFTER INSERT ON updates REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_update_events();
CREATE TRIGGER updates_changed_told AFTER UPDATE ON updates REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_update_events();

DROP TABLE moved_photos;
DROP TABLE moved_in;
