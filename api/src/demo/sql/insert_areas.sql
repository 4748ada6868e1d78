INSERT INTO areas (kind, code, name, name_alt, geom)
SELECT kind, code, name, name_alt, ST_SetSRID(ST_GeomFromGeoJSON(geom), 4326)
FROM jsonb_to_recordset($1) AS r(kind text, code text, name text, name_alt text, geom jsonb)
