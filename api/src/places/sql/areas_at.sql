-- Parameters: longitude, latitude, metres within which the nearest ward stands in for a missing one. Largest first.
WITH here AS (
    SELECT ST_SetSRID(ST_MakePoint($1, $2), 4326) AS point
),
covering AS (
    SELECT a.id, a.kind, a.name, a.name_alt, a.geom
    FROM areas a, here
    WHERE ST_Covers(a.geom, here.point)
),
-- Wards end at the high-water line: a bridge over a tidal river lies in none.
nearest_ward AS (
    SELECT a.id, a.kind, a.name, a.name_alt, a.geom
    FROM here
    CROSS JOIN LATERAL (
        SELECT * FROM areas WHERE kind = 'ward' ORDER BY geom <-> here.point LIMIT 3
    ) a
    WHERE NOT EXISTS (SELECT FROM covering WHERE kind = 'ward')
      AND ST_DWithin(a.geom::geography, here.point::geography, $3)
    ORDER BY ST_Distance(a.geom::geography, here.point::geography)
    LIMIT 1
)
SELECT id, kind, name, name_alt
FROM (SELECT * FROM covering UNION ALL SELECT * FROM nearest_ward) a
ORDER BY kind, ST_Area(geom) DESC, id
