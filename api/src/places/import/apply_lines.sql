-- $1 source.
WITH removed AS (
    DELETE FROM street_lines l
    WHERE l.source = $1 AND NOT EXISTS (SELECT FROM staged_lines s WHERE s.source_key = l.source_key)
    RETURNING 1
),
changed AS (
    UPDATE street_lines l
    SET class = s.class, name = s.name, name_alt = s.name_alt, geom = s.geom
    FROM staged_lines s
    WHERE l.source = $1 AND l.source_key = s.source_key
      AND (l.class, l.name, l.name_alt, l.geom) IS DISTINCT FROM (s.class, s.name, s.name_alt, s.geom)
    RETURNING 1
),
added AS (
    INSERT INTO street_lines (class, name, name_alt, geom, source, source_key)
    SELECT class, name, name_alt, geom, $1, source_key
    FROM staged_lines s
    WHERE NOT EXISTS (SELECT FROM street_lines l WHERE l.source = $1 AND l.source_key = s.source_key)
    -- Neighbours side by side on disk: a tile reads few pages.
    ORDER BY geom, source_key
    RETURNING 1
)
SELECT (SELECT count(*) FROM staged_lines) AS staged,
       (SELECT count(*) FROM added) AS added,
       (SELECT count(*) FROM changed) AS changed,
       (SELECT count(*) FROM removed) AS removed
