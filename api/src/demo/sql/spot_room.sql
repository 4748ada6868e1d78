-- How far from each spot, in degrees, everything lies in the same areas as the spot: the distance to the nearest border of
-- any area; 0 where the areas are not those that cover it (the nearest ward stood in for a missing one).
-- $1, $2 longitudes and latitudes, $3, $4 councils and wards, each in the spots' order; 0 for none.
SELECT CASE WHEN s.council <> 0 AND (ward.covers OR s.ward = 0 AND NOT any_ward.there)
            THEN coalesce(border.distance, 1) ELSE 0 END AS room
FROM (SELECT n, ST_SetSRID(ST_MakePoint(lon, lat), 4326) AS point, council, ward
      FROM unnest($1, $2, $3, $4) WITH ORDINALITY AS given (lon, lat, council, ward, n)) s
CROSS JOIN (SELECT EXISTS (SELECT FROM areas WHERE kind = 'ward') AS there) any_ward
LEFT JOIN LATERAL (SELECT ST_Covers(a.geom, s.point) AS covers FROM areas a WHERE a.id = s.ward) ward ON true
LEFT JOIN LATERAL (
    SELECT b.geom <-> s.point AS distance FROM area_borders b ORDER BY b.geom <-> s.point LIMIT 1
) border ON true
ORDER BY s.n
