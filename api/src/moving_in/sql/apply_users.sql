UPDATE staged_users s SET ours = m.ours, act = CASE WHEN m.seen = s.seen THEN 'same' ELSE 'changed' END
FROM moved_in m WHERE m.kind = 'user' AND m.theirs = s.theirs;
UPDATE staged_users s SET act = 'left', reason = 'deleted_here'
WHERE act IS NOT NULL AND NOT EXISTS (SELECT FROM users u WHERE u.id = s.ours);
INSERT INTO users (email, name, phone, created_at)
SELECT DISTINCT ON (email) email, name, phone, least(coalesce(created_at, now()), now())
FROM staged_users WHERE act IS NULL
ORDER BY email, theirs
ON CONFLICT (email) DO NOTHING;
UPDATE staged_users s SET ours = u.id, act = 'new' FROM users u WHERE s.act IS NULL AND u.email = s.email;
UPDATE staged_users s SET reason = 'address_taken'
FROM users u WHERE s.act = 'changed' AND u.email = s.email AND u.id <> s.ours;
UPDATE users u
SET email = CASE WHEN s.reason IS NULL THEN s.email ELSE u.email END,
    name = coalesce(s.name, u.name), phone = coalesce(s.phone, u.phone)
FROM staged_users s WHERE s.act = 'changed' AND u.id = s.ours;
-- Who works for another body now, or for none, works no more where they worked.
DELETE FROM staff w
USING staged_users s
WHERE s.act = 'changed' AND w.user_id = s.ours AND w.body_id IS DISTINCT FROM s.body_id
  AND EXISTS (SELECT FROM moved_in m WHERE m.kind = 'body' AND m.ours = w.body_id);
INSERT INTO staff (user_id, body_id, role)
SELECT DISTINCT ON (ours, body_id) ours, body_id, role
FROM staged_users WHERE act IN ('new', 'changed') AND body_id IS NOT NULL
ORDER BY ours, body_id, theirs
ON CONFLICT (user_id, body_id) DO UPDATE SET role = excluded.role;
INSERT INTO moved_in (kind, theirs, ours, seen)
SELECT 'user', theirs, ours, seen FROM staged_users WHERE act IN ('new', 'changed')
ON CONFLICT (kind, theirs) DO UPDATE SET seen = excluded.seen;
