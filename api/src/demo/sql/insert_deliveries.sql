INSERT INTO deliveries (id, report_id, body_id, state, attempts, sent_at, created_at)
SELECT id, report_id, body_id, 'sent', 1, sent_at, created_at
FROM jsonb_to_recordset($1) AS r(
    id uuid, report_id bigint, body_id bigint, sent_at timestamptz, created_at timestamptz)
