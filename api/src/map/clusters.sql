-- Published reports of a tile, counted by a grid of 8 by 8 cells.
-- $1 west, $2 south, $3 east, $4 north in degrees; $5 statuses or NULL; $6 category code or group, or NULL.
SELECT avg(ST_X(location)) AS lon, avg(ST_Y(location)) AS lat,
       count(*) FILTER (WHERE status_group = 'open') AS open,
       count(*) FILTER (WHERE status_group = 'fixed') AS fixed,
       count(*) FILTER (WHERE status_group = 'closed') AS closed
FROM reports
WHERE visibility = 'published'
  AND location && ST_MakeEnvelope($1, $2, $3, $4, 4326)
  -- A point on the east or south edge belongs to the next tile, so that no report is counted twice.
  AND ST_X(location) < $3 AND ST_Y(location) > $2
  AND ($5::text[] IS NULL OR status = ANY ($5))
  AND ($6::text IS NULL OR category_code = $6 OR category_group = $6)
GROUP BY least(floor((ST_X(location) - $1) / ($3 - $1) * 8), 7), least(floor((ST_Y(location) - $2) / ($4 - $2) * 8), 7)
ORDER BY 1, 2
