-- Every stretch of street a report could lie on, in an order that does not depend on how it was loaded, with its length
-- in metres. Where there are no lines, the points of the gazetteer's streets stand in for them.
WITH lines AS (
    SELECT id, class, ST_Length(geom::geography) AS metres, source, source_key
    FROM street_lines
    WHERE name IS NOT NULL AND class IN ('trunk', 'main', 'minor', 'path')
)
SELECT id, class, metres, true AS is_line, source, source_key FROM lines
UNION ALL
SELECT id, 'minor', 100.0, false, source, source_key FROM places
WHERE kind = 'street' AND NOT EXISTS (SELECT FROM lines)
ORDER BY source, source_key
