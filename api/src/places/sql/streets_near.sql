-- $1 longitude, $2 latitude, $3 metres, $4 rows. One row for each name, with its nearest point.
WITH here AS (
    SELECT ST_SetSRID(ST_MakePoint($1, $2), 4326) AS point, greatest(cos(radians($2)), 0.01) AS narrow,
           111195.0 AS degree_metres
),
lines AS (
    SELECT l.name, l.name_alt,
           ST_Scale(ST_ClosestPoint(ST_Scale(l.geom, narrow, 1), ST_Scale(point, narrow, 1)), 1 / narrow, 1) AS closest
    FROM here, street_lines l
    WHERE l.name IS NOT NULL AND l.class IN ('trunk', 'main', 'minor', 'path')
      AND l.geom && ST_Expand(point, $3 / (degree_metres * narrow), $3 / degree_metres)
),
nearest AS (
    SELECT DISTINCT ON (name) name, name_alt, ST_DistanceSphere(closest, point) AS distance_m, closest
    FROM lines, here
    WHERE ST_DistanceSphere(closest, point) <= $3
    ORDER BY name, distance_m, name_alt NULLS LAST
)
SELECT name, name_alt, distance_m, ST_X(closest) AS lon, ST_Y(closest) AS lat
FROM nearest
ORDER BY distance_m, name
LIMIT $4
