-- The counts of a tile's cells, all kinds and months together.
SELECT cell, status_group, count, sum_lon, sum_lat, sum_id
FROM map_counts
WHERE level = $1 AND cell BETWEEN $2 >> (2 * (20 - $1)) AND $3 >> (2 * (20 - $1))
  AND ($4::text[] IS NULL OR status_group = ANY ($4))
UNION ALL
-- What is not folded in yet.
SELECT cell >> (2 * (20 - $1)), status_group, count, sum_lon, sum_lat, sum_id
FROM map_changes
WHERE cell BETWEEN $2 AND $3 AND ($4::text[] IS NULL OR status_group = ANY ($4))
