-- Cells of level 20 are counted too: at the deepest zooms a tile may hold more reports than pins are of any use, and its answer
-- must not grow with them. Level 19 is not: of a tile of zoom 17 and more, cells of level 20 are shown.
-- A worker of the version before that folds meanwhile does not know this level; `mendmap map rebuild` puts it right.
SET LOCAL statement_timeout = 0;
LOCK TABLE map_counts, map_kind_counts IN SHARE ROW EXCLUSIVE MODE;

CREATE TEMPORARY TABLE deepest ON COMMIT DROP AS
SELECT map_cell(location) AS cell, category_code, category_group, body_ids, map_month(created_at) AS month, status_group,
       count(*) AS count, sum(map_units(public.ST_X(location))) AS sum_lon, sum(map_units(public.ST_Y(location))) AS sum_lat,
       sum(id) AS sum_id
FROM reports
WHERE visibility = 'published'
GROUP BY 1, 2, 3, 4, 5, 6
UNION ALL
-- What is not folded yet will be, at this level too.
SELECT cell, category_code, category_group, body_ids, month, status_group, -count, -sum_lon, -sum_lat, -sum_id
FROM map_changes;

INSERT INTO map_counts (level, cell, status_group, count, sum_lon, sum_lat, sum_id)
SELECT 20, cell, status_group, sum(count), sum(sum_lon), sum(sum_lat), sum(sum_id)
FROM deepest
GROUP BY cell, status_group
HAVING (sum(count), sum(sum_lon), sum(sum_lat), sum(sum_id)) <> (0, 0, 0, 0)
ORDER BY cell, status_group;

INSERT INTO map_kinds (category_code, category_group, body_ids)
SELECT DISTINCT category_code, category_group, body_ids FROM deepest
EXCEPT
SELECT category_code, category_group, body_ids FROM map_kinds;

INSERT INTO map_kind_counts (level, kind_id, by_month, cell, month, status_group, count, sum_lon, sum_lat, sum_id)
SELECT * FROM (
    SELECT 20, k.id AS kind_id, t.month IS NOT NULL AS by_month, t.cell, coalesce(t.month, 0) AS month, t.status_group,
           sum(t.count) AS count, sum(t.sum_lon) AS sum_lon, sum(t.sum_lat) AS sum_lat, sum(t.sum_id) AS sum_id
    FROM deepest t JOIN map_kinds k USING (category_code, category_group, body_ids)
    GROUP BY t.cell, t.status_group, k.id, GROUPING SETS ((t.month), ())
    UNION ALL
    SELECT 20, 0, true, cell, month, status_group, sum(count), sum(sum_lon), sum(sum_lat), sum(sum_id)
    FROM deepest
    GROUP BY cell, month, status_group
) AS counts
WHERE (count, sum_lon, sum_lat, sum_id) <> (0, 0, 0, 0)
ORDER BY 2, 3, 4, 5, 6;
