-- $1 kind.
WITH changed AS (
    UPDATE areas a
    SET name = s.name, name_alt = s.name_alt, geom = s.geom
    FROM staged_areas s
    WHERE a.kind = $1 AND a.code = s.code AND (a.name, a.name_alt, a.geom) IS DISTINCT FROM (s.name, s.name_alt, s.geom)
    RETURNING 1
),
added AS (
    INSERT INTO areas (kind, code, name, name_alt, geom)
    SELECT $1, code, name, name_alt, geom
    FROM staged_areas s
    WHERE NOT EXISTS (SELECT FROM areas a WHERE a.kind = $1 AND a.code = s.code)
    ORDER BY number
    RETURNING 1
)
SELECT (SELECT count(*) FROM staged_areas) AS staged,
       (SELECT count(*) FROM added) AS added,
       (SELECT count(*) FROM changed) AS changed,
       0::bigint AS removed
