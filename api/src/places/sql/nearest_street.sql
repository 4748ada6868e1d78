-- Parameters: longitude, latitude, metres.
-- The index orders by degrees, and a degree of longitude is shorter than one of latitude. So its first answer only says
-- how far to look; the nearest is chosen in metres. Scaling longitudes by the cosine of the latitude makes the plane
-- good to a few centimetres over such distances.
WITH here AS (
    SELECT ST_SetSRID(ST_MakePoint($1, $2), 4326) AS point, greatest(cos(radians($2)), 0.01) AS narrow,
           111195.0 AS degree_metres
),
reach AS (
    SELECT least($3, ST_Distance(ST_Scale(l.geom, narrow, 1), ST_Scale(point, narrow, 1)) * degree_metres + 1) AS metres
    FROM here
    CROSS JOIN LATERAL (
        SELECT geom FROM street_lines
        WHERE name IS NOT NULL AND class IN ('trunk', 'main', 'minor', 'path')
        ORDER BY geom <-> point
        LIMIT 1
    ) l
),
lines AS (
    SELECT l.name, l.name_alt, l.id,
           ST_Scale(ST_ClosestPoint(ST_Scale(l.geom, narrow, 1), ST_Scale(point, narrow, 1)), 1 / narrow, 1) AS closest
    FROM here, reach, street_lines l
    WHERE l.name IS NOT NULL AND l.class IN ('trunk', 'main', 'minor', 'path')
      AND l.geom && ST_Expand(point, metres / (degree_metres * narrow), metres / degree_metres)
)
SELECT name, name_alt, ST_DistanceSphere(closest, point) AS distance_m, ST_X(closest) AS lon, ST_Y(closest) AS lat
FROM lines, here
WHERE ST_DistanceSphere(closest, point) <= $3
ORDER BY distance_m, id
LIMIT 1
