-- $1 the beginning without space, $2 with the space it was typed with or NULL, $3 $4 near longitude and latitude, $5 rows.
SELECT label AS name, area, ST_X(location) AS lon, ST_Y(location) AS lat
FROM postcodes
WHERE code >= $1 AND code < $1 || '~' COLLATE "C"
  AND ($2 IS NULL OR starts_with(label, $2))
-- NP20 is rather the first half of NP20 1AA than the beginning of NP2 0AA.
ORDER BY starts_with(label, $1 || ' ') DESC, ST_DistanceSphere(location, ST_SetSRID(ST_MakePoint($3, $4), 4326)), code
LIMIT $5
