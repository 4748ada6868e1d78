-- Every report of a tile that matches. Parameters: see TileSql.
SELECT ST_X(location) AS lon, ST_Y(location) AS lat, 0::bigint AS open, 0::bigint AS fixed, 0::bigint AS closed,
       id, status_group, title, category_name
FROM reports
WHERE visibility = 'published' AND map_cell(location) BETWEEN $2 AND $3
  AND status_group = ANY (coalesce($4::text[], '{open,fixed,closed}'))
  AND ($6::text IS NULL OR category_code = $6 OR category_group = $6)
  AND ($7::text IS NULL OR (SELECT b.id FROM bodies b WHERE b.slug = $7) = ANY (body_ids))
  AND ($8::integer IS NULL OR map_month(created_at) >= $8)
ORDER BY id
