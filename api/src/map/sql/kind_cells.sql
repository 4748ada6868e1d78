-- The counts of a tile's cells, of some kinds and months, as cells.sql says. Every other level has such counts; the finer one
-- is gathered.
SELECT part >> (2 * ($1 % 2)) AS cell, part << (2 * (20 - $1 - $1 % 2)) AS first,
       ((part + 1) << (2 * (20 - $1 - $1 % 2))) - 1 AS last, code, month, status_group, count, sum_lon, sum_lat, sum_id
FROM (
    SELECT k.cell AS part, nullif(kinds.category_code, '') AS code, k.month, k.status_group, k.count, k.sum_lon, k.sum_lat,
           k.sum_id
    FROM map_kind_counts k
    JOIN map_kinds kinds ON kinds.id = k.kind_id
    WHERE k.level = $1 + $1 % 2
      AND k.kind_id = ANY (ARRAY(
          SELECT id FROM map_kinds
          -- Kind 0 has the months of all kinds together, and no category.
          WHERE CASE WHEN $6::text IS NULL AND $7::text IS NULL THEN id = 0
                     ELSE id <> 0 AND ($6 IS NULL OR category_code = $6 OR category_group = $6)
                          AND ($7 IS NULL OR (SELECT id FROM bodies WHERE slug = $7) = ANY (body_ids)) END))
      AND k.by_month = ($8::integer IS NOT NULL)
      AND k.cell BETWEEN $2 >> (2 * (20 - $1 - $1 % 2)) AND $3 >> (2 * (20 - $1 - $1 % 2))
      AND k.month >= coalesce($8, 0)
    UNION ALL
    -- What is not folded in yet.
    SELECT cell >> (2 * (20 - $1 - $1 % 2)), CASE WHEN $6::text IS NOT NULL OR $7::text IS NOT NULL THEN category_code END,
           CASE WHEN $8::integer IS NULL THEN 0 ELSE month END, status_group, count, sum_lon, sum_lat, sum_id
    FROM map_changes
    WHERE cell BETWEEN $2 AND $3
      AND ($6::text IS NULL OR category_code = $6 OR category_group = $6)
      AND ($7::text IS NULL OR (SELECT id FROM bodies WHERE slug = $7) = ANY (body_ids))
      AND ($8::integer IS NULL OR month >= $8)
) AS counts
WHERE $4::text[] IS NULL OR status_group = ANY ($4)
