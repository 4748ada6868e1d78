-- How far the order of changes is decided, and what is known by those who have everything up to there. One statement, so that
-- all of it is of one snapshot.
SELECT
    (SELECT value #>> '{}' FROM settings WHERE key = 'changes_epoch') AS epoch,
    coalesce(decided.changed_in, '0')::text::bigint AS changed_in,
    coalesce(decided.report_id, 0) AS report_id,
    -- Nobody is writing who began before the last change that is seen: none can turn up before it.
    NOT EXISTS (SELECT FROM report_changes c WHERE c.changed_in >= pg_snapshot_xmin(pg_current_snapshot())) AS settled,
    -- What records tell beside what belongs to the report.
    md5((SELECT coalesce(string_agg(b.id || b.slug, ',' ORDER BY b.id), '') FROM bodies b)
        || (SELECT coalesce(string_agg(a.id || a.kind || a.name, ',' ORDER BY a.id), '') FROM areas a)) AS names
FROM (SELECT) AS once
LEFT JOIN LATERAL (
    SELECT c.changed_in, c.report_id
    FROM report_changes c
    WHERE c.changed_in < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY c.changed_in DESC, c.report_id DESC
    LIMIT 1
) AS decided ON true
