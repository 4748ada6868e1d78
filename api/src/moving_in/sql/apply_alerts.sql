UPDATE staged_alerts s SET ours = m.ours, act = CASE WHEN m.seen = s.seen THEN 'same' ELSE 'changed' END
FROM moved_in m WHERE m.kind = 'alert' AND m.theirs = s.theirs;
-- Ended before it came.
UPDATE staged_alerts SET act = 'same' WHERE act IS NULL AND NOT live;
UPDATE staged_alerts s SET act = 'left', reason = 'report_left_out'
WHERE act IS NULL AND NOT EXISTS (SELECT FROM reports r WHERE r.id = s.report);
UPDATE staged_alerts s SET act = 'left', reason = 'no_account'
WHERE act IS NULL AND NOT EXISTS (SELECT FROM users u WHERE u.id = s.user_id);
UPDATE staged_alerts SET act = 'new' WHERE act IS NULL;
DELETE FROM alerts a USING staged_alerts s WHERE s.act = 'changed' AND NOT s.live AND a.id = s.number;
INSERT INTO alerts (id, user_id, report_id, created_at)
SELECT DISTINCT ON (s.number) s.number, s.user_id, s.report, least(coalesce(s.created_at, now()), now())
FROM staged_alerts s
JOIN reports r ON r.id = s.report
JOIN users u ON u.id = s.user_id
WHERE s.act IN ('new', 'changed') AND s.live
ORDER BY s.number, s.theirs
ON CONFLICT DO NOTHING;
INSERT INTO moved_in (kind, theirs, ours, seen)
SELECT 'alert', theirs, report, seen FROM staged_alerts WHERE act IN ('new', 'changed')
ON CONFLICT (kind, theirs) DO UPDATE SET seen = excluded.seen;
