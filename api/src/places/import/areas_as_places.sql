-- A locality for each area, so that a council or a ward is found by its name where no gazetteer knows a place of that
-- name in it.
INSERT INTO staged_places (kind, name, name_alt, importance, location, extent, source_key)
SELECT 'locality', name, name_alt, CASE kind WHEN 'council' THEN 0.8 ELSE 0.5 END, ST_PointOnSurface(geom), geom,
       kind || '/' || code
FROM areas
