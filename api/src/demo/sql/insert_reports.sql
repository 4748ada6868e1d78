INSERT INTO reports (id, location, title, detail, category_code, category_name, category_group, status, visibility,
    fixed_by, duplicate_of, street, area, created_at, confirmed_at, updated_at, due_at, supporter_count, update_count)
OVERRIDING SYSTEM VALUE
SELECT id, ST_SetSRID(ST_MakePoint(lon, lat), 4326), title, detail, category_code, category_name, category_group, status,
    'published', fixed_by, duplicate_of, street, area, created_at, confirmed_at, updated_at, due_at, supporter_count,
    update_count
FROM jsonb_to_recordset($1) AS r(
    id bigint, lon float8, lat float8, title text, detail text, category_code text, category_name text,
    category_group text, status text, fixed_by text, duplicate_of bigint, street text, area text,
    created_at timestamptz, confirmed_at timestamptz, updated_at timestamptz, due_at timestamptz,
    supporter_count integer, update_count integer)
