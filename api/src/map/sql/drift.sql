-- What the kept counts and the changes not folded yet are away from the truth, which the reports tell: two temporary tables
-- of what would have to be added, empty where all is true.
CREATE TEMPORARY TABLE kind_drift ON COMMIT DROP AS
WITH truth AS MATERIALIZED (
    SELECT map_cell(location) >> 4 AS cell, category_code, category_group, body_ids, map_month(created_at) AS month,
           status_group, count(*) AS count, sum(map_units(ST_X(location))) AS sum_lon,
           sum(map_units(ST_Y(location))) AS sum_lat, sum(id) AS sum_id
    FROM reports
    WHERE visibility = 'published'
    GROUP BY 1, 2, 3, 4, 5, 6
    UNION ALL
    SELECT cell >> 4, category_code, category_group, body_ids, month, status_group, -count, -sum_lon, -sum_lat, -sum_id
    FROM map_changes
)
SELECT level::smallint AS level, cell, category_code, category_group, body_ids, month, status_group,
       sum(count)::bigint AS count, sum(sum_lon)::bigint AS sum_lon, sum(sum_lat)::bigint AS sum_lat,
       sum(sum_id)::bigint AS sum_id
FROM (
    SELECT level, t.cell >> (2 * (18 - level)) AS cell, t.category_code, t.category_group, t.body_ids, t.month,
           t.status_group, t.count, t.sum_lon, t.sum_lat, t.sum_id
    FROM truth t CROSS JOIN generate_series(4, 18, 2) AS level
    UNION ALL
    SELECT c.level, c.cell, k.category_code, k.category_group, k.body_ids, c.month, c.status_group,
           -c.count, -c.sum_lon, -c.sum_lat, -c.sum_id
    FROM map_kind_counts c JOIN map_kinds k ON k.id = c.kind_id
) AS both_sides
GROUP BY 1, 2, 3, 4, 5, 6, 7
HAVING (sum(count), sum(sum_lon), sum(sum_lat), sum(sum_id)) <> (0, 0, 0, 0);

CREATE TEMPORARY TABLE count_drift ON COMMIT DROP AS
WITH truth AS MATERIALIZED (
    SELECT map_cell(location) >> 4 AS cell, status_group, count(*) AS count, sum(map_units(ST_X(location))) AS sum_lon,
           sum(map_units(ST_Y(location))) AS sum_lat, sum(id) AS sum_id
    FROM reports WHERE visibility = 'published'
    GROUP BY 1, 2
    UNION ALL
    SELECT cell >> 4, status_group, -count, -sum_lon, -sum_lat, -sum_id FROM map_changes
)
SELECT level::smallint AS level, cell, status_group, sum(count)::bigint AS count, sum(sum_lon)::bigint AS sum_lon,
       sum(sum_lat)::bigint AS sum_lat, sum(sum_id)::bigint AS sum_id
FROM (
    SELECT level, t.cell >> (2 * (18 - level)) AS cell, t.status_group, t.count, t.sum_lon, t.sum_lat, t.sum_id
    FROM truth t CROSS JOIN generate_series(3, 18) AS level
    UNION ALL
    SELECT level, cell, status_group, -count, -sum_lon, -sum_lat, -sum_id FROM map_counts
) AS both_sides
GROUP BY 1, 2, 3
HAVING (sum(count), sum(sum_lon), sum(sum_lat), sum(sum_id)) <> (0, 0, 0, 0);
