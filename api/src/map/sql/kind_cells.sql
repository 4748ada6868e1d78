-- The counts of a tile's cells, of some kinds, in some months or in all, as cells.sql says. Every other level has such counts;
-- the finer one is gathered.
SELECT part >> (2 * ($1 % 2)) AS cell, part << (2 * (20 - $1 - $1 % 2)) AS first,
       ((part + 1) << (2 * (20 - $1 - $1 % 2))) - 1 AS last, code, month, status_group, count, sum_lon, sum_lat, sum_id
FROM (
    SELECT k.cell AS part, kinds.category_code AS code, k.month, k.status_group, k.count, k.sum_lon, k.sum_lat, k.sum_id
    FROM map_kind_counts k
    JOIN map_kinds kinds ON kinds.id = k.kind_id
    WHERE k.level = $1 + $1 % 2
      AND k.kind_id = ANY (ARRAY(
          SELECT id FROM map_kinds
          WHERE id <> 0 AND ($6::text IS NULL OR category_code = $6 OR category_group = $6)
            AND ($7::text IS NULL OR (SELECT id FROM bodies WHERE slug = $7) = ANY (body_ids))))
      AND k.by_month = ($8::integer IS NOT NULL)
      -- Each month is a stretch of the key of its own.
      AND k.month = ANY (CASE WHEN $8::integer IS NULL THEN '{0}'
                              ELSE ARRAY(SELECT generate_series($8, map_month(now()) + 1)) END)
      AND k.cell BETWEEN $2 >> (2 * (20 - $1 - $1 % 2)) AND $3 >> (2 * (20 - $1 - $1 % 2))
    UNION ALL
    -- What is not folded in yet.
    SELECT cell >> (2 * (20 - $1 - $1 % 2)), category_code, CASE WHEN $8::integer IS NULL THEN 0 ELSE month END, status_group,
           count, sum_lon, sum_lat, sum_id
    FROM map_changes
    WHERE cell BETWEEN $2 AND $3
      AND ($6::text IS NULL OR category_code = $6 OR category_group = $6)
      AND ($7::text IS NULL OR (SELECT id FROM bodies WHERE slug = $7) = ANY (body_ids))
      AND ($8::integer IS NULL OR month >= $8)
) AS counts
WHERE $4::text[] IS NULL OR status_group = ANY ($4)
