INSERT INTO street_lines (class, name, name_alt, geom, source, source_key)
SELECT class, name, name_alt, ST_SetSRID(ST_GeomFromGeoJSON(geom), 4326), 'demo', source_key
FROM jsonb_to_recordset($1) AS r(class text, name text, name_alt text, geom jsonb, source_key text)
