INSERT INTO report_photos (report_id, position, photo_id)
SELECT owner, position, photo_id FROM jsonb_to_recordset($1) AS r(owner bigint, position smallint, photo_id text)
