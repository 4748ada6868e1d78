-- {table} is places or postcodes. $1 whether all are labelled or only those without a label, $2 metres to the nearest ward.
WITH labelled AS (
    SELECT p.ctid AS place,
           nullif(concat_ws(', ', nullif(coalesce(f.ward, near.name), f.council), f.council), '') AS label
    FROM {table} p
    LEFT JOIN found_areas f ON f.place = p.ctid
    -- Wards end at the high-water line. Asked in here and not after ON, so that it costs nothing where a ward is known.
    LEFT JOIN LATERAL (
        SELECT a.name
        FROM (SELECT * FROM areas WHERE kind = 'ward' AND f.ward IS NULL ORDER BY geom <-> p.location LIMIT 3) a
        WHERE ST_DWithin(a.geom::geography, p.location::geography, $2)
        ORDER BY ST_Distance(a.geom::geography, p.location::geography), a.id
        LIMIT 1
    ) near ON true
    WHERE $1 OR p.area IS NULL
)
UPDATE {table} p SET area = l.label
FROM labelled l
WHERE p.ctid = l.place AND p.area IS DISTINCT FROM l.label
