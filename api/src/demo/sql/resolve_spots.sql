-- $1 spots: number, stretch, whether it is a line, share (0 to 1) along it, degrees east and north beside it.
-- $2 metres within which the nearest ward stands in for a missing one, as in routing.
WITH spots AS (
    SELECT r.n, coalesce(l.name, p.name) AS street,
           ST_SetSRID(ST_MakePoint(
               round((ST_X(on_street.point) + r.east)::numeric, 6)::float8,
               round((ST_Y(on_street.point) + r.north)::numeric, 6)::float8), 4326) AS point
    FROM jsonb_to_recordset($1) AS r(n integer, stretch bigint, is_line boolean, share float8, east float8, north float8)
    LEFT JOIN street_lines l ON r.is_line AND l.id = r.stretch
    LEFT JOIN places p ON NOT r.is_line AND p.id = r.stretch
    CROSS JOIN LATERAL (SELECT coalesce(ST_LineInterpolatePoint(l.geom, r.share), p.location) AS point) on_street
)
SELECT s.n, ST_X(s.point) AS lon, ST_Y(s.point) AS lat, s.street,
       coalesce(council.id, 0) AS council, council.name AS council_name,
       coalesce(inside.id, ward.id, 0) AS ward, coalesce(inside.name, ward.name) AS ward_name
FROM spots s
LEFT JOIN LATERAL (
    SELECT a.id, a.name FROM areas a WHERE a.kind = 'council' AND ST_Covers(a.geom, s.point)
    ORDER BY ST_Area(a.geom) DESC, a.id LIMIT 1
) council ON true
LEFT JOIN LATERAL (
    SELECT a.id, a.name FROM areas a WHERE a.kind = 'ward' AND ST_Covers(a.geom, s.point) ORDER BY a.id LIMIT 1
) inside ON true
LEFT JOIN LATERAL (
    SELECT near.id, near.name FROM (
        SELECT a.id, a.name, a.geom FROM areas a
        WHERE a.kind = 'ward' AND inside.id IS NULL ORDER BY a.geom <-> s.point LIMIT 3
    ) near
    WHERE ST_DWithin(near.geom::geography, s.point::geography, $2)
    ORDER BY ST_Distance(near.geom::geography, s.point::geography), near.id LIMIT 1
) ward ON true
ORDER BY s.n
