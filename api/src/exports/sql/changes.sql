-- Changes in the order in which they were committed, after a place in it. What a transaction that is still open may yet put
-- among them is not read before that has ended.
SELECT c.changed_in::text::bigint AS changed_in, c.report_id, c.changed_at, c.gone
FROM report_changes c
WHERE (c.changed_in, c.report_id) > ($1::text::xid8, $2)
  AND c.changed_in < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY c.changed_in, c.report_id
LIMIT $3
