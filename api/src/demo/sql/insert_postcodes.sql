INSERT INTO postcodes (code, label, area, location)
SELECT code, label, area, ST_SetSRID(ST_MakePoint(lon, lat), 4326)
FROM jsonb_to_recordset($1) AS r(code text, label text, area text, lon float8, lat float8)
