WITH changed AS (
    UPDATE postcodes p
    SET label = s.label, location = s.location, area = NULL
    FROM staged_postcodes s
    WHERE p.code = s.code AND (p.label, p.location) IS DISTINCT FROM (s.label, s.location)
    RETURNING 1
),
added AS (
    INSERT INTO postcodes (code, label, location)
    SELECT code, label, location
    FROM staged_postcodes s
    WHERE NOT EXISTS (SELECT FROM postcodes p WHERE p.code = s.code)
    RETURNING 1
)
SELECT (SELECT count(*) FROM staged_postcodes) AS staged,
       (SELECT count(*) FROM added) AS added,
       (SELECT count(*) FROM changed) AS changed,
       0::bigint AS removed
