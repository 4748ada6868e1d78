-- The counts of a tile's cells, of some kinds, in some months or in all, as cells.sql says. Every other level has such counts;
-- the finer one is gathered.
SELECT part >> (2 * (level % 2)) AS cell, part << even_bits AS first, ((part + 1) << even_bits) - 1 AS last, code, month,
       status_group, count, sum_lon, sum_lat, sum_id
FROM (
    SELECT k.cell AS part, kinds.category_code AS code, k.month, k.status_group, k.count, k.sum_lon, k.sum_lat, k.sum_id
    FROM map_kind_counts k
    JOIN map_kinds kinds ON kinds.id = k.kind_id
    WHERE k.level = (SELECT level + level % 2 FROM asked)
      AND k.kind_id = ANY (ARRAY(
          SELECT id FROM map_kinds, asked
          WHERE id <> 0 AND (category IS NULL OR category_code = category OR category_group = category)
            AND (body IS NULL OR body_id = ANY (body_ids))))
      AND k.by_month = (SELECT first_month IS NOT NULL FROM asked)
      -- Each month is a stretch of the key of its own.
      AND k.month = ANY (CASE WHEN (SELECT first_month IS NULL FROM asked) THEN '{0}'
                              ELSE ARRAY(SELECT generate_series(first_month, map_month(now()) + 1) FROM asked) END)
      AND k.cell BETWEEN (SELECT first >> even_bits FROM asked) AND (SELECT last >> even_bits FROM asked)
    UNION ALL
    -- What is not folded in yet.
    SELECT cell >> even_bits, category_code, CASE WHEN first_month IS NULL THEN 0 ELSE month END, status_group, count, sum_lon,
           sum_lat, sum_id
    FROM map_changes, asked
    WHERE cell BETWEEN (SELECT first FROM asked) AND (SELECT last FROM asked)
      AND (category IS NULL OR category_code = category OR category_group = category)
      AND (body IS NULL OR body_id = ANY (body_ids))
      AND (first_month IS NULL OR month >= first_month)
) AS counts, asked
WHERE statuses IS NULL OR status_group = ANY (statuses)
