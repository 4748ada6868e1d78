-- What the kept counts and the changes not folded yet are away from the truth, which the reports tell: two temporary tables
-- of what would have to be added, empty where all is true.
CREATE TEMPORARY TABLE kind_drift ON COMMIT DROP AS
WITH truth AS MATERIALIZED (
    SELECT map_cell(location) AS cell, category_code, category_group, body_ids, map_month(created_at) AS month,
           status_group, count(*) AS count, sum(map_units(ST_X(location))) AS sum_lon,
           sum(map_units(ST_Y(location))) AS sum_lat, sum(id) AS sum_id
    FROM reports
    WHERE visibility = 'published'
    GROUP BY 1, 2, 3, 4, 5, 6
    UNION ALL
    SELECT cell, category_code, category_group, body_ids, month, status_group, -count, -sum_lon, -sum_lat, -sum_id
    FROM map_changes
)
-- Category NULL: all kinds together. Month 0: all months together.
SELECT level::smallint AS level, category_code, category_group, body_ids, by_month, cell, month, status_group,
       sum(count)::bigint AS count, sum(sum_lon)::bigint AS sum_lon, sum(sum_lat)::bigint AS sum_lat,
       sum(sum_id)::bigint AS sum_id
FROM (
    SELECT level, t.category_code, t.category_group, t.body_ids, t.month IS NOT NULL AS by_month,
           t.cell >> (2 * (20 - level)) AS cell, coalesce(t.month, 0) AS month, t.status_group,
           sum(t.count) AS count, sum(t.sum_lon) AS sum_lon, sum(t.sum_lat) AS sum_lat, sum(t.sum_id) AS sum_id
    FROM truth t CROSS JOIN generate_series(4, 20, 2) AS level
    GROUP BY level, t.cell >> (2 * (20 - level)), t.status_group, t.category_code, t.category_group, t.body_ids,
             GROUPING SETS ((t.month), ())
    UNION ALL
    SELECT level, NULL, NULL, NULL, true, t.cell >> (2 * (20 - level)), t.month, t.status_group,
           sum(t.count), sum(t.sum_lon), sum(t.sum_lat), sum(t.sum_id)
    FROM truth t CROSS JOIN (SELECT generate_series(3, 18) UNION ALL SELECT 20) AS levels (level)
    GROUP BY level, t.cell >> (2 * (20 - level)), t.month, t.status_group
    UNION ALL
    SELECT c.level, k.category_code, k.category_group, k.body_ids, c.by_month, c.cell, c.month, c.status_group,
           -c.count, -c.sum_lon, -c.sum_lat, -c.sum_id
    FROM map_kind_counts c LEFT JOIN map_kinds k ON k.id = c.kind_id AND k.id <> 0
) AS both_sides
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
HAVING (sum(count), sum(sum_lon), sum(sum_lat), sum(sum_id)) <> (0, 0, 0, 0);

CREATE TEMPORARY TABLE count_drift ON COMMIT DROP AS
WITH truth AS MATERIALIZED (
    SELECT map_cell(location) AS cell, status_group, count(*) AS count, sum(map_units(ST_X(location))) AS sum_lon,
           sum(map_units(ST_Y(location))) AS sum_lat, sum(id) AS sum_id
    FROM reports WHERE visibility = 'published'
    GROUP BY 1, 2
    UNION ALL
    SELECT cell, status_group, -count, -sum_lon, -sum_lat, -sum_id FROM map_changes
)
SELECT level::smallint AS level, cell, status_group, sum(count)::bigint AS count, sum(sum_lon)::bigint AS sum_lon,
       sum(sum_lat)::bigint AS sum_lat, sum(sum_id)::bigint AS sum_id
FROM (
    SELECT level, t.cell >> (2 * (20 - level)) AS cell, t.status_group, t.count, t.sum_lon, t.sum_lat, t.sum_id
    FROM truth t CROSS JOIN (SELECT generate_series(3, 18) UNION ALL SELECT 20) AS levels (level)
    UNION ALL
    SELECT level, cell, status_group, -count, -sum_lon, -sum_lat, -sum_id FROM map_counts
) AS both_sides
GROUP BY 1, 2, 3
HAVING (sum(count), sum(sum_lon), sum(sum_lat), sum(sum_id)) <> (0, 0, 0, 0);
