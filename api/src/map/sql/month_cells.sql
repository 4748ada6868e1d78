-- The counts of a tile's cells, of all kinds in some months, as cells.sql says. Each month is a stretch of the key of its own.
SELECT cell, cell << asked.bits AS first, ((cell + 1) << asked.bits) - 1 AS last, NULL::text AS code, month, status_group, count,
       sum_lon, sum_lat, sum_id
FROM (
    SELECT cell, month, status_group, count, sum_lon, sum_lat, sum_id
    FROM map_kind_counts
    WHERE level = asked.level AND kind_id = 0 AND by_month
      AND month = ANY (ARRAY(SELECT generate_series(asked.first_month, map_month(now()) + 1)))
      AND cell BETWEEN asked.first >> asked.bits AND asked.last >> asked.bits
    UNION ALL
    -- What is not folded in yet.
    SELECT cell >> asked.bits, month, status_group, count, sum_lon, sum_lat, sum_id
    FROM map_changes
    WHERE cell BETWEEN asked.first AND asked.last AND month >= asked.first_month
) AS counts
WHERE asked.statuses IS NULL OR status_group = ANY (asked.statuses)
