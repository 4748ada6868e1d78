-- Open reports of the same group near a point, by distance, likeness of the title, and age.
-- $1 longitude, $2 latitude, $3 metres, $4 category group, $5 title (may be empty), $6 rows.
WITH here AS (
    SELECT ST_SetSRID(ST_MakePoint($1, $2), 4326) AS point
),
near AS (
    SELECT r.id, r.title, r.created_at, ST_Distance(r.location::geography, here.point::geography) AS distance
    FROM reports r, here
    WHERE r.visibility = 'published'
      AND r.status_group = 'open'
      AND r.category_group = $4
      -- The box in degrees is what the index knows; a degree of longitude shrinks towards the poles.
      AND r.location && ST_Expand(here.point, $3 / (111000 * greatest(cos(radians($2)), 0.01)), $3 / 111000)
)
SELECT id, distance
FROM near
WHERE distance <= $3
ORDER BY 0.5 * distance / $3
       + CASE WHEN $5 = '' THEN 0 ELSE 0.35 * (1 - similarity(title, $5)) END
       + 0.15 * least(extract(epoch FROM now() - created_at) / (365 * 86400), 1),
    id
LIMIT $6
