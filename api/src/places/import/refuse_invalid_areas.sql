WITH outlined AS (
    UPDATE staged_areas
    SET geom = ST_Multi(ST_Force2D(ST_SetSRID(ST_GeomFromGeoJSON(outline), 4326)))
    RETURNING number, geom
),
refused AS (
    SELECT number, CASE WHEN ST_IsEmpty(geom) THEN 'it is empty' ELSE ST_IsValidReason(geom) END AS reason
    FROM outlined
    WHERE ST_IsEmpty(geom) OR NOT ST_IsValid(geom)
)
SELECT number, reason FROM refused ORDER BY number
