-- Adds what drift.sql found, so that the counts are true again, and forgets cells that hold nothing.
INSERT INTO map_counts AS kept (level, cell, status_group, count, sum_lon, sum_lat, sum_id)
SELECT level, cell, status_group, count, sum_lon, sum_lat, sum_id FROM count_drift ORDER BY 1, 2, 3
ON CONFLICT (level, cell, status_group) DO UPDATE SET
    count = kept.count + excluded.count, sum_lon = kept.sum_lon + excluded.sum_lon,
    sum_lat = kept.sum_lat + excluded.sum_lat, sum_id = kept.sum_id + excluded.sum_id;
DELETE FROM map_counts WHERE (count, sum_lon, sum_lat, sum_id) = (0, 0, 0, 0);

INSERT INTO map_kinds (category_code, category_group, body_ids)
SELECT DISTINCT category_code, category_group, body_ids FROM kind_drift WHERE category_code IS NOT NULL
EXCEPT
SELECT category_code, category_group, body_ids FROM map_kinds;
INSERT INTO map_kind_counts AS kept
    (level, kind_id, by_month, cell, month, status_group, count, sum_lon, sum_lat, sum_id)
SELECT d.level, k.id, d.by_month, d.cell, d.month, d.status_group, d.count, d.sum_lon, d.sum_lat, d.sum_id
FROM kind_drift d
JOIN map_kinds k ON (k.category_code, k.category_group, k.body_ids)
    = (coalesce(d.category_code, ''), coalesce(d.category_group, ''), coalesce(d.body_ids, '{}'))
-- In the order of the key, which is how they will be read.
ORDER BY 1, 2, 3, 4, 5, 6
ON CONFLICT (level, kind_id, by_month, cell, month, status_group) DO UPDATE SET
    count = kept.count + excluded.count, sum_lon = kept.sum_lon + excluded.sum_lon,
    sum_lat = kept.sum_lat + excluded.sum_lat, sum_id = kept.sum_id + excluded.sum_id;
DELETE FROM map_kind_counts WHERE (count, sum_lon, sum_lat, sum_id) = (0, 0, 0, 0);
DROP TABLE kind_drift, count_drift;
