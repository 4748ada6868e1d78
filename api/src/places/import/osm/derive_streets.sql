-- $1 metres of the Web Mercator map within which two lines of one name are one street.
INSERT INTO staged_places (kind, name, name_alt, importance, location, extent, source_key)
SELECT 'street', name, mode() WITHIN GROUP (ORDER BY name_alt), max(importance),
       -- The middle of the street, on the street.
       ST_ClosestPoint(ST_Collect(geom ORDER BY source_key), ST_Centroid(ST_Collect(geom ORDER BY source_key))),
       ST_Simplify(ST_Collect(geom ORDER BY source_key), 0.0002, true),
       'street/' || min(source_key)
FROM (
    SELECT *, ST_ClusterDBSCAN(ST_Transform(geom, 3857), $1, 1) OVER (PARTITION BY name ORDER BY source_key) AS cluster
    FROM staged_lines
    WHERE name IS NOT NULL AND class IN ('trunk', 'main', 'minor', 'path')
) pieces
GROUP BY name, cluster
