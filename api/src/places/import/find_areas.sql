-- {table} is places or postcodes. $1 whether all are asked or only those without an area.
WITH sized AS MATERIALIZED (
    SELECT id, kind, name, geom, ST_Area(geom) AS size FROM areas
)
-- Area by area, because that is what PostGIS can prepare for; the smallest of each kind that covers the point.
INSERT INTO found_areas (place, council, ward)
SELECT p.ctid,
       (array_agg(a.name ORDER BY a.size, a.id) FILTER (WHERE a.kind = 'council'))[1],
       (array_agg(a.name ORDER BY a.size, a.id) FILTER (WHERE a.kind = 'ward'))[1]
FROM sized a
JOIN {table} p ON ST_Covers(a.geom, p.location)
WHERE $1 OR p.area IS NULL
GROUP BY p.ctid
