-- $1 zoom, $2 column, $3 row, $4 units along an edge. What is drawn on top comes last.
WITH tile AS (
    SELECT ST_TileEnvelope($1, $2, $3) AS edge,
           -- A little more than the tile, so that lines do not end at its edge when drawn with their width.
           ST_Transform(ST_TileEnvelope($1, $2, $3, margin => 64.0 / $4), 4326) AS around,
           -- Units in a pixel of a tile drawn 512 pixels wide.
           $4 / 512.0 AS pixel
),
lines AS (
    SELECT l.class, CASE WHEN $1 >= 15 THEN l.name END AS name,
           ST_AsMVTGeom(ST_Transform(l.geom, 3857), tile.edge, $4, 64, true) AS geom
    FROM tile, street_lines l
    WHERE l.geom && tile.around
      AND l.class = ANY (CASE
              WHEN $1 < 13 THEN ARRAY['trunk', 'main', 'water', 'rail']
              WHEN $1 < 15 THEN ARRAY['trunk', 'main', 'water', 'rail', 'minor']
              ELSE ARRAY['trunk', 'main', 'water', 'rail', 'minor', 'path']
          END)
),
-- Joined before they are thinned: a bend between two pieces is a bend like any other.
joined AS (
    SELECT class, name, ST_LineMerge(ST_Collect(geom)) AS geom
    FROM lines
    WHERE geom IS NOT NULL
    GROUP BY class, name
),
pieces AS (
    SELECT j.class, j.name, (ST_Dump(ST_Simplify(j.geom, tile.pixel / 2))).geom AS geom
    FROM joined j, tile
)
SELECT class, name, geom
FROM pieces, tile
WHERE ST_Length(geom) >= tile.pixel
ORDER BY array_position(ARRAY['water', 'path', 'minor', 'rail', 'main', 'trunk'], class), name NULLS FIRST, geom
