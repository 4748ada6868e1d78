-- Folds the $1 oldest changes into the counts, in one statement: nobody sees them in both places, or in neither.
WITH taken AS (
    DELETE FROM map_changes WHERE id IN (SELECT id FROM map_changes ORDER BY id LIMIT $1) RETURNING *
),
kinds AS (
    SELECT DISTINCT t.category_code, t.category_group, t.body_ids FROM taken t
),
new_kinds AS (
    INSERT INTO map_kinds (category_code, category_group, body_ids)
    SELECT category_code, category_group, body_ids FROM kinds
    EXCEPT
    SELECT category_code, category_group, body_ids FROM map_kinds
    RETURNING id, category_code, category_group, body_ids
),
known_kinds AS (
    SELECT k.id, k.category_code, k.category_group, k.body_ids
    FROM map_kinds k JOIN kinds USING (category_code, category_group, body_ids)
    UNION ALL
    SELECT id, category_code, category_group, body_ids FROM new_kinds
),
totals AS (
    INSERT INTO map_counts AS kept (level, cell, status_group, count, sum_lon, sum_lat, sum_id)
    SELECT level, cell >> (2 * (20 - level)), status_group, sum(count), sum(sum_lon), sum(sum_lat), sum(sum_id)
    FROM taken CROSS JOIN (SELECT generate_series(3, 18) UNION ALL SELECT 20) AS levels (level)
    GROUP BY 1, 2, 3
    HAVING (sum(count), sum(sum_lon), sum(sum_lat), sum(sum_id)) <> (0, 0, 0, 0)
    ON CONFLICT (level, cell, status_group) DO UPDATE SET
        count = kept.count + excluded.count, sum_lon = kept.sum_lon + excluded.sum_lon,
        sum_lat = kept.sum_lat + excluded.sum_lat, sum_id = kept.sum_id + excluded.sum_id
),
-- By kind and month, by kind, and by month: what is not told apart is 0.
kind_changes AS (
    SELECT level, k.id AS kind_id, t.month IS NOT NULL AS by_month, t.cell >> (2 * (20 - level)) AS cell,
           coalesce(t.month, 0) AS month, t.status_group, sum(t.count) AS count, sum(t.sum_lon) AS sum_lon,
           sum(t.sum_lat) AS sum_lat, sum(t.sum_id) AS sum_id
    FROM taken t
    JOIN known_kinds k USING (category_code, category_group, body_ids)
    CROSS JOIN generate_series(4, 20, 2) AS level
    GROUP BY level, t.cell >> (2 * (20 - level)), t.status_group, k.id, GROUPING SETS ((t.month), ())
    HAVING (sum(t.count), sum(t.sum_lon), sum(t.sum_lat), sum(t.sum_id)) <> (0, 0, 0, 0)
    UNION ALL
    SELECT level, 0, true, cell >> (2 * (20 - level)), month, status_group, sum(count), sum(sum_lon), sum(sum_lat), sum(sum_id)
    FROM taken CROSS JOIN (SELECT generate_series(3, 18) UNION ALL SELECT 20) AS levels (level)
    GROUP BY level, cell >> (2 * (20 - level)), month, status_group
    HAVING (sum(count), sum(sum_lon), sum(sum_lat), sum(sum_id)) <> (0, 0, 0, 0)
),
by_kind AS (
    INSERT INTO map_kind_counts AS kept
        (level, kind_id, by_month, cell, month, status_group, count, sum_lon, sum_lat, sum_id)
    SELECT level, kind_id, by_month, cell, month, status_group, count, sum_lon, sum_lat, sum_id FROM kind_changes
    ON CONFLICT (level, kind_id, by_month, cell, month, status_group) DO UPDATE SET
        count = kept.count + excluded.count, sum_lon = kept.sum_lon + excluded.sum_lon,
        sum_lat = kept.sum_lat + excluded.sum_lat, sum_id = kept.sum_id + excluded.sum_id
)
SELECT count(*) AS number FROM taken
