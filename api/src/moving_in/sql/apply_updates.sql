UPDATE staged_updates s SET ours = m.ours, act = CASE WHEN m.seen = s.seen THEN 'same' ELSE 'changed' END
FROM moved_in m WHERE m.kind = 'update' AND m.theirs = s.theirs;
UPDATE staged_updates s SET report_id = r.id
FROM moved_in m JOIN reports r ON r.id = m.ours
WHERE m.kind = 'report' AND m.theirs = s.problem_id;
UPDATE staged_updates s SET act = 'left', reason = 'deleted_here'
WHERE act IS NOT NULL AND NOT EXISTS (SELECT FROM updates u WHERE u.id = s.ours);
UPDATE staged_updates SET act = 'left', reason = 'report_left_out' WHERE act IS DISTINCT FROM 'left' AND report_id IS NULL;
UPDATE staged_updates s
SET act = 'new',
    ours = CASE WHEN EXISTS (SELECT FROM updates u WHERE u.id = s.theirs) THEN nextval('updates_id_seq') ELSE s.theirs END
WHERE act IS NULL;
UPDATE staged_updates SET reason = 'future_time', created_at = now() WHERE act <> 'left' AND created_at > now();
INSERT INTO updates (id, report_id, author_id, body_id, by_author, public_name, text, status, visibility, created_at)
OVERRIDING SYSTEM VALUE
SELECT s.ours, s.report_id, u.id, s.body_id, s.by_author, s.public_name, s.text, s.status, s.visibility, s.created_at
FROM staged_updates s
LEFT JOIN moved_in m ON m.kind = 'user' AND m.theirs = s.user_id
LEFT JOIN users u ON u.id = m.ours
WHERE s.act = 'new'
ORDER BY s.ours;
UPDATE updates t
SET author_id = s.author_id, body_id = s.body_id, by_author = s.by_author, public_name = s.public_name, text = s.text,
    status = s.status, visibility = s.visibility, created_at = s.created_at
FROM (SELECT s.*, u.id AS author_id
      FROM staged_updates s
      LEFT JOIN moved_in m ON m.kind = 'user' AND m.theirs = s.user_id
      LEFT JOIN users u ON u.id = m.ours
      WHERE s.act = 'changed') AS s
WHERE t.id = s.ours;
DELETE FROM update_contacts c USING staged_updates s WHERE s.act = 'changed' AND c.update_id = s.ours;
INSERT INTO update_contacts (update_id, name, email)
SELECT ours, name, email FROM staged_updates WHERE act IN ('new', 'changed') AND email IS NOT NULL AND body_id IS NULL;
UPDATE reports r SET update_count = counted.updates
FROM (SELECT report_id, count(*) FILTER (WHERE visibility = 'published') AS updates
      FROM updates
      WHERE report_id IN (SELECT report_id FROM staged_updates WHERE act IN ('new', 'changed'))
      GROUP BY report_id) AS counted
WHERE r.id = counted.report_id AND r.update_count <> counted.updates;
INSERT INTO moved_in (kind, theirs, ours, seen)
SELECT 'update', theirs, ours, seen FROM staged_updates WHERE act IN ('new', 'changed')
ON CONFLICT (kind, theirs) DO UPDATE SET seen = excluded.seen;
