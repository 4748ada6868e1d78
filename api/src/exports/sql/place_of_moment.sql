-- The place in the order of changes just before the first one that was begun after a moment; the last place of all where there
-- is none. All that was begun since is looked at, which whoever asks is about to read. It is put in order by an expression:
-- by the column itself, the index in that order would be walked instead, past everything that came before.
SELECT
    coalesce(found.changed_in, last.changed_in::text::bigint, 0) AS changed_in,
    CASE WHEN found.changed_in IS NULL THEN coalesce(last.report_id, 0) ELSE found.report_id - 1 END AS report_id
FROM (SELECT) AS once
LEFT JOIN LATERAL (
    SELECT c.changed_in::text::bigint AS changed_in, c.report_id
    FROM report_changes c
    WHERE c.changed_at > $1 AND c.changed_in < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY 1, 2
    LIMIT 1
) AS found ON true
LEFT JOIN LATERAL (
    SELECT c.changed_in, c.report_id
    FROM report_changes c
    WHERE c.changed_in < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY c.changed_in DESC, c.report_id DESC
    LIMIT 1
) AS last ON true
