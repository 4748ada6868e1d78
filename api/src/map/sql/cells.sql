-- The counts of a tile's cells, all kinds and months together. What tile.sql asks of a count besides: in which cells of level 20
-- its reports lie, first to last, and their category (NULL: any) and month (0: any).
SELECT cell, cell << (2 * (20 - $1)) AS first, ((cell + 1) << (2 * (20 - $1))) - 1 AS last, NULL::text AS code, 0 AS month,
       status_group, count, sum_lon, sum_lat, sum_id
FROM (
    SELECT cell, status_group, count, sum_lon, sum_lat, sum_id
    FROM map_counts
    WHERE level = $1 AND cell BETWEEN $2 >> (2 * (20 - $1)) AND $3 >> (2 * (20 - $1))
    UNION ALL
    -- What is not folded in yet.
    SELECT cell >> (2 * (20 - $1)), status_group, count, sum_lon, sum_lat, sum_id
    FROM map_changes
    WHERE cell BETWEEN $2 AND $3
) AS counts
WHERE $4::text[] IS NULL OR status_group = ANY ($4)
