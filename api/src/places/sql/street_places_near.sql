-- $1 longitude, $2 latitude, $3 metres, $4 rows. Where streets are known by a point only.
WITH here AS (
    SELECT ST_SetSRID(ST_MakePoint($1, $2), 4326) AS point, 111195.0 * greatest(cos(radians($2)), 0.01) AS degree_metres
)
SELECT name, name_alt, distance_m, ST_X(location) AS lon, ST_Y(location) AS lat
FROM (
    SELECT DISTINCT ON (p.name) p.name, p.name_alt, ST_DistanceSphere(p.location, here.point) AS distance_m, p.location
    FROM here, places p
    WHERE p.kind = 'street' AND NOT p.shadowed
      AND p.location && ST_Expand(here.point, $3 / degree_metres)
      AND ST_DistanceSphere(p.location, here.point) <= $3
    ORDER BY p.name, distance_m
) s
ORDER BY distance_m, name
LIMIT $4
