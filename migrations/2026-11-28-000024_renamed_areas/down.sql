DROP TRIGGER areas_changed_noted ON areas;
DROP FUNCTION note_area_changes;
