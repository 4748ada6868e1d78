INSERT INTO updates (id, report_id, body_id, by_author, text, status, duplicate_of, visibility, created_at)
OVERRIDING SYSTEM VALUE
SELECT id, report_id, body_id, by_author, text, status, duplicate_of, 'published', created_at
FROM jsonb_to_recordset($1) AS r(
    id bigint, report_id bigint, body_id bigint, by_author boolean, text text, status text, duplicate_of bigint,
    created_at timestamptz)
