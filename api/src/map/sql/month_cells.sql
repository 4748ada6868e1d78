-- The counts of a tile's cells, of all kinds in some months, as cells.sql says. Each month is a stretch of the key of its own.
SELECT cell, cell << (2 * (20 - $1)) AS first, ((cell + 1) << (2 * (20 - $1))) - 1 AS last, NULL::text AS code, month,
       status_group, count, sum_lon, sum_lat, sum_id
FROM (
    SELECT cell, month, status_group, count, sum_lon, sum_lat, sum_id
    FROM map_kind_counts
    WHERE level = $1 AND kind_id = 0 AND by_month
      AND month = ANY (ARRAY(SELECT generate_series($8, map_month(now()) + 1)))
      AND cell BETWEEN $2 >> (2 * (20 - $1)) AND $3 >> (2 * (20 - $1))
    UNION ALL
    -- What is not folded in yet.
    SELECT cell >> (2 * (20 - $1)), month, status_group, count, sum_lon, sum_lat, sum_id
    FROM map_changes
    WHERE cell BETWEEN $2 AND $3 AND month >= $8
) AS counts
WHERE $4::text[] IS NULL OR status_group = ANY ($4)
