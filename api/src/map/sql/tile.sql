-- What a tile shows: pins where no more reports match than may be pins, else clusters, and a pin for each report alone in its
-- cell. Follows what is asked for and the counts of the cells.
, cells AS MATERIALIZED (
    SELECT cell,
           sum(count)::bigint AS total,
           coalesce(sum(count) FILTER (WHERE status_group = 'open'), 0)::bigint AS open,
           coalesce(sum(count) FILTER (WHERE status_group = 'fixed'), 0)::bigint AS fixed,
           coalesce(sum(count) FILTER (WHERE status_group = 'closed'), 0)::bigint AS closed,
           (sum(sum_lon) / sum(count))::double precision / 10000000 AS lon,
           (sum(sum_lat) / sum(count))::double precision / 10000000 AS lat,
           -- Where there is one, this is its number.
           sum(sum_id)::bigint AS id
    FROM counted
    GROUP BY cell
    HAVING sum(count) > 0
),
crowd AS MATERIALIZED (
    SELECT coalesce(sum(total), 0) > asked.pins AS is_clusters,
           coalesce(sum(total), 0) BETWEEN 1 AND asked.pins AS is_pins,
           (asked.statuses IS NULL AND asked.category IS NULL AND asked.body IS NULL AND asked.first_month IS NULL) AS is_whole
    FROM cells
)
SELECT c.lon, c.lat, c.open, c.fixed, c.closed, r.id, r.status_group, r.title, r.category_name
FROM cells c
LEFT JOIN LATERAL (
    SELECT id, status_group, title, category_name
    FROM reports
    WHERE c.total = 1 AND id = c.id AND visibility = 'published'
    LIMIT 1
) r ON true
WHERE (SELECT is_clusters FROM crowd)
UNION ALL
-- All of the tile.
SELECT ST_X(location), ST_Y(location), 0, 0, 0, id, status_group, title, category_name
FROM reports
WHERE (SELECT is_pins AND is_whole FROM crowd)
  AND visibility = 'published' AND status_group IN ('open', 'fixed', 'closed')
  AND map_cell(location) BETWEEN asked.first AND asked.last
UNION ALL
-- Those that match, looked for by what was counted: the tile may be full of others.
SELECT ST_X(r.location), ST_Y(r.location), 0, 0, 0, r.id, r.status_group, r.title, r.category_name
FROM (
    SELECT first, last, code, month, status_group, sum(count)::bigint AS total, sum(sum_id)::bigint AS id
    FROM counted
    WHERE (SELECT is_pins AND NOT is_whole FROM crowd)
    GROUP BY first, last, code, month, status_group
    HAVING sum(count) > 0
) c
CROSS JOIN LATERAL (
    SELECT id, location, status_group, title, category_name
    FROM reports
    WHERE c.total = 1 AND id = c.id AND visibility = 'published'
    UNION ALL
    SELECT id, location, status_group, title, category_name
    FROM reports
    WHERE c.total > 1 AND c.code IS NULL AND visibility = 'published'
      AND status_group = c.status_group AND map_cell(location) BETWEEN c.first AND c.last
      AND map_month(created_at) BETWEEN c.month AND coalesce(nullif(c.month, 0), 2147483647)
    UNION ALL
    SELECT id, location, status_group, title, category_name
    FROM reports
    WHERE c.total > 1 AND category_code = c.code AND visibility = 'published'
      AND status_group = c.status_group AND map_cell(location) BETWEEN c.first AND c.last
      AND map_month(created_at) BETWEEN c.month AND coalesce(nullif(c.month, 0), 2147483647)
      -- A code may be of two groups, and of several bodies.
      AND (asked.category IS NULL OR category_code = asked.category OR category_group = asked.category)
      AND (asked.body IS NULL OR asked.body_id = ANY (body_ids))
) r
ORDER BY 6 NULLS FIRST, 1, 2
