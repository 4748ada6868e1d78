-- The counts of a tile's cells, all kinds and months together. What tile.sql asks of a count besides: in which cells of level 20
-- its reports lie, first to last, and their category (NULL: any) and month (0: any).
SELECT cell, cell << asked.bits AS first, ((cell + 1) << asked.bits) - 1 AS last, NULL::text AS code, 0 AS month, status_group,
       count, sum_lon, sum_lat, sum_id
FROM (
    SELECT cell, status_group, count, sum_lon, sum_lat, sum_id
    FROM map_counts
    WHERE level = asked.level AND cell BETWEEN asked.first >> asked.bits AND asked.last >> asked.bits
    UNION ALL
    -- What is not folded in yet.
    SELECT cell >> asked.bits, status_group, count, sum_lon, sum_lat, sum_id
    FROM map_changes
    WHERE cell BETWEEN asked.first AND asked.last
) AS counts
WHERE asked.statuses IS NULL OR status_group = ANY (asked.statuses)
