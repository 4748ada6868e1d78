-- The counts of a tile's cells, of some kinds, in some months or in all, as cells.sql says. Every other level has such counts;
-- the finer one is gathered.
SELECT part >> (2 * (asked.level % 2)) AS cell, part << asked.even_bits AS first, ((part + 1) << asked.even_bits) - 1 AS last,
       code, month, status_group, count, sum_lon, sum_lat, sum_id
FROM (
    SELECT k.cell AS part, kinds.category_code AS code, k.month, k.status_group, k.count, k.sum_lon, k.sum_lat, k.sum_id
    FROM map_kind_counts k
    JOIN map_kinds kinds ON kinds.id = k.kind_id
    WHERE k.level = asked.level + asked.level % 2
      AND k.kind_id = ANY (ARRAY(
          SELECT id FROM map_kinds
          WHERE id <> 0
            AND (asked.category IS NULL OR category_code = asked.category OR category_group = asked.category)
            AND (asked.body IS NULL OR asked.body_id = ANY (body_ids))))
      AND k.by_month = (asked.first_month IS NOT NULL)
      -- Each month is a stretch of the key of its own.
      AND k.month = ANY (CASE WHEN asked.first_month IS NULL THEN '{0}'
                              ELSE ARRAY(SELECT generate_series(asked.first_month, map_month(now()) + 1)) END)
      AND k.cell BETWEEN asked.first >> asked.even_bits AND asked.last >> asked.even_bits
    UNION ALL
    -- What is not folded in yet.
    SELECT cell >> asked.even_bits, category_code, CASE WHEN asked.first_month IS NULL THEN 0 ELSE month END, status_group, count,
           sum_lon, sum_lat, sum_id
    FROM map_changes
    WHERE cell BETWEEN asked.first AND asked.last
      AND (asked.category IS NULL OR category_code = asked.category OR category_group = asked.category)
      AND (asked.body IS NULL OR asked.body_id = ANY (body_ids))
      AND (asked.first_month IS NULL OR month >= asked.first_month)
) AS counts
WHERE asked.statuses IS NULL OR status_group = ANY (asked.statuses)
