INSERT INTO places (kind, name, name_alt, area, importance, location, source, source_key)
SELECT kind, name, name_alt, area, importance, ST_SetSRID(ST_MakePoint(lon, lat), 4326), 'demo', source_key
FROM jsonb_to_recordset($1) AS r(
    kind text, name text, name_alt text, area text, importance real, lon float8, lat float8, source_key text)
