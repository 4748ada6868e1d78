INSERT INTO photos (id, width, height, created_at, used)
SELECT id, width, height, created_at, true
FROM jsonb_to_recordset($1) AS r(id text, width integer, height integer, created_at timestamptz)
ON CONFLICT (id) DO NOTHING
