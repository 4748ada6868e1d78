-- A street for each cluster of lines; and each line is told its street's second name, which often stands on one only.
WITH streets AS (
    INSERT INTO staged_places (kind, name, name_alt, importance, location, extent, source_key)
    SELECT 'street', mode() WITHIN GROUP (ORDER BY name), mode() WITHIN GROUP (ORDER BY name_alt), max(importance),
           -- The middle of the street, on the street.
           ST_ClosestPoint(ST_Collect(geom ORDER BY source_key), ST_Centroid(ST_Collect(geom ORDER BY source_key))),
           ST_Simplify(ST_Collect(geom ORDER BY source_key), 0.0002, true),
           'street/' || street
    FROM staged_lines
    WHERE street IS NOT NULL
    GROUP BY street
    RETURNING source_key, name_alt
)
UPDATE staged_lines l SET name_alt = s.name_alt
FROM streets s
WHERE s.source_key = 'street/' || l.street AND l.name_alt IS NULL AND s.name_alt IS NOT NULL
