UPDATE staged_contacts s SET ours = m.ours, act = CASE WHEN m.seen = s.seen THEN 'same' ELSE 'changed' END
FROM moved_in m WHERE m.kind = 'category' AND m.theirs = s.theirs;
UPDATE staged_contacts s SET act = 'left', reason = 'deleted_here'
WHERE act IS NOT NULL AND NOT EXISTS (SELECT FROM categories c WHERE c.id = s.ours);
-- One of that name or code that the body had here before is theirs, and stays as it is.
UPDATE staged_contacts s SET ours = c.id, act = 'new'
FROM categories c
WHERE s.act IS NULL AND c.body_id = s.body_id AND (lower(c.name) = lower(s.name) OR c.code = s.code);
-- Names that differ in their capitals only are one category.
WITH made AS (
    INSERT INTO categories (body_id, code, name, group_name, email, live, private, questions, position)
    SELECT DISTINCT ON (s.body_id, s.code) s.body_id, s.code, s.name, s.group_name, s.email, s.live, s.private, s.questions,
           (SELECT coalesce(max(c.position), -1) FROM categories c WHERE c.body_id = s.body_id)
               + row_number() OVER (PARTITION BY s.body_id ORDER BY s.theirs)
    FROM staged_contacts s WHERE s.act IS NULL
    ORDER BY s.body_id, s.code, s.live DESC, s.theirs
    RETURNING id, body_id, code
)
UPDATE staged_contacts s SET ours = made.id, act = 'new'
FROM made WHERE s.act IS NULL AND made.body_id = s.body_id AND made.code = s.code;
UPDATE categories c
SET name = s.name, group_name = s.group_name, email = s.email, live = s.live, private = s.private, questions = s.questions
FROM staged_contacts s
WHERE s.act = 'changed' AND c.id = s.ours
  AND (s.live OR NOT EXISTS (SELECT FROM staged_contacts o WHERE o.ours = s.ours AND o.live));
INSERT INTO moved_in (kind, theirs, ours, seen)
SELECT 'category', theirs, ours, seen FROM staged_contacts WHERE act IN ('new', 'changed')
ON CONFLICT (kind, theirs) DO UPDATE SET seen = excluded.seen;
