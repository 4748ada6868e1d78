INSERT INTO supporters (report_id, supporter, created_at)
SELECT report_id, supporter, created_at
FROM jsonb_to_recordset($1) AS r(report_id bigint, supporter text, created_at timestamptz)
