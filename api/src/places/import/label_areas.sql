-- {table} is places or postcodes.
-- $1 whether all are labelled or only those without a label, $2 metres to the nearest ward.
WITH unlabelled AS MATERIALIZED (
    SELECT ctid, location FROM {table} WHERE $1 OR area IS NULL ORDER BY location
),
labelled AS (
    SELECT u.ctid, nullif(concat_ws(', ', nullif(w.name, c.name), c.name), '') AS label
    FROM unlabelled u
    LEFT JOIN LATERAL (
        SELECT a.name FROM areas a WHERE a.kind = 'council' AND ST_Covers(a.geom, u.location)
        ORDER BY ST_Area(a.geom), a.id LIMIT 1
    ) c ON true
    LEFT JOIN LATERAL (
        (SELECT a.name FROM areas a WHERE a.kind = 'ward' AND ST_Covers(a.geom, u.location)
         ORDER BY ST_Area(a.geom), a.id LIMIT 1)
        UNION ALL
        -- Wards end at the high-water line.
        (SELECT a.name FROM (SELECT * FROM areas WHERE kind = 'ward' ORDER BY geom <-> u.location LIMIT 3) a
         WHERE ST_DWithin(a.geom::geography, u.location::geography, $2)
         ORDER BY ST_Distance(a.geom::geography, u.location::geography), a.id LIMIT 1)
        LIMIT 1
    ) w ON true
)
UPDATE {table} p SET area = l.label
FROM labelled l
WHERE p.ctid = l.ctid AND p.area IS DISTINCT FROM l.label
