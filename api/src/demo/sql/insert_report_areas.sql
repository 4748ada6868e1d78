INSERT INTO report_areas (report_id, area_id)
SELECT report_id, area_id FROM jsonb_to_recordset($1) AS r(report_id bigint, area_id bigint)
