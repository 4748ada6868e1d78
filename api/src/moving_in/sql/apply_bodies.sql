UPDATE staged_bodies s SET ours = m.ours, act = CASE WHEN m.seen = s.seen THEN 'same' ELSE 'changed' END
FROM moved_in m WHERE m.kind = 'body' AND m.theirs = s.theirs;
UPDATE staged_bodies s SET act = 'left', reason = 'deleted_here'
WHERE act IS NOT NULL AND NOT EXISTS (SELECT FROM bodies b WHERE b.id = s.ours);
-- One of that name that was made here before is theirs, and stays as it is.
UPDATE staged_bodies s SET ours = b.id, act = 'new'
FROM bodies b
WHERE s.act IS NULL AND lower(b.name) = lower(s.name)
  AND NOT EXISTS (SELECT FROM moved_in m WHERE m.kind = 'body' AND m.ours = b.id);
WITH made AS (
    INSERT INTO bodies (slug, name, email)
    SELECT slug, name, email FROM staged_bodies WHERE act IS NULL ORDER BY theirs
    RETURNING id, slug
)
UPDATE staged_bodies s SET ours = made.id, act = 'new' FROM made WHERE s.act IS NULL AND made.slug = s.slug;
-- Addresses are what somebody may have put right here: those stay.
UPDATE bodies b SET name = s.name FROM staged_bodies s WHERE s.act = 'changed' AND b.id = s.ours AND b.name <> s.name;
INSERT INTO moved_in (kind, theirs, ours, seen)
SELECT 'body', theirs, ours, seen FROM staged_bodies WHERE act IN ('new', 'changed')
ON CONFLICT (kind, theirs) DO UPDATE SET seen = excluded.seen;
