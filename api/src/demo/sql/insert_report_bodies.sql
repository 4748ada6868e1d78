INSERT INTO report_bodies (report_id, body_id, category_id)
SELECT report_id, body_id, category_id
FROM jsonb_to_recordset($1) AS r(report_id bigint, body_id bigint, category_id bigint)
