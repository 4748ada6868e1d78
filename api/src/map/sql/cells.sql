-- The counts of a tile's cells, all kinds and months together. What tile.sql asks of a count besides: in which cells of level 20
-- its reports lie, first to last, and their category (NULL: any) and month (0: any).
SELECT cell, cell << bits AS first, ((cell + 1) << bits) - 1 AS last, NULL::text AS code, 0 AS month, status_group, count,
       sum_lon, sum_lat, sum_id
FROM (
    SELECT cell, status_group, count, sum_lon, sum_lat, sum_id
    FROM map_counts
    WHERE level = (SELECT level FROM asked)
      AND cell BETWEEN (SELECT first >> bits FROM asked) AND (SELECT last >> bits FROM asked)
    UNION ALL
    -- What is not folded in yet.
    SELECT cell >> (SELECT bits FROM asked), status_group, count, sum_lon, sum_lat, sum_id
    FROM map_changes
    WHERE cell BETWEEN (SELECT first FROM asked) AND (SELECT last FROM asked)
) AS counts, asked
WHERE statuses IS NULL OR status_group = ANY (statuses)
