-- The counts of a tile's cells, of all kinds in some months, as cells.sql says. Each month is a stretch of the key of its own.
SELECT cell, cell << bits AS first, ((cell + 1) << bits) - 1 AS last, NULL::text AS code, month, status_group, count, sum_lon,
       sum_lat, sum_id
FROM (
    SELECT cell, month, status_group, count, sum_lon, sum_lat, sum_id
    FROM map_kind_counts
    WHERE level = (SELECT level FROM asked) AND kind_id = 0 AND by_month
      AND month = ANY (ARRAY(SELECT generate_series(first_month, map_month(now()) + 1) FROM asked))
      AND cell BETWEEN (SELECT first >> bits FROM asked) AND (SELECT last >> bits FROM asked)
    UNION ALL
    -- What is not folded in yet.
    SELECT cell >> (SELECT bits FROM asked), month, status_group, count, sum_lon, sum_lat, sum_id
    FROM map_changes
    WHERE cell BETWEEN (SELECT first FROM asked) AND (SELECT last FROM asked) AND month >= (SELECT first_month FROM asked)
) AS counts, asked
WHERE statuses IS NULL OR status_group = ANY (statuses)
