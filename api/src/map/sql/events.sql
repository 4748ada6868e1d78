-- What listeners of the live map are to be told, with each report as everybody may see it now, if at all.
SELECT e.id, e.report_id, e.cell, e.was, ST_X(r.location) AS lon, ST_Y(r.location) AS lat, r.status_group, r.status, r.title,
       r.category_name, r.category_code, r.category_group, r.created_at,
       ARRAY(SELECT slug FROM bodies WHERE id = ANY (r.body_ids) ORDER BY slug) AS bodies
FROM map_events e
LEFT JOIN reports r ON r.id = e.report_id AND r.visibility = 'published'
WHERE e.id > $1 AND e.id <> ALL ($2) AND ($3::timestamptz IS NULL OR e.at >= $3)
ORDER BY e.id
LIMIT $4
