-- {owner} is report or update.
UPDATE staged_photos s SET act = CASE WHEN m.seen = s.seen THEN 'same' ELSE 'changed' END
FROM moved_in m WHERE m.kind = '{owner}_photos' AND m.theirs = s.theirs;
UPDATE staged_photos s SET act = 'left', reason = 'deleted_here'
WHERE NOT EXISTS (SELECT FROM {owner}s o WHERE o.id = s.ours);
UPDATE staged_photos SET act = 'new' WHERE act IS NULL;
INSERT INTO photos (id, width, height, used)
SELECT DISTINCT ON (part.id) part.id, part.width, part.height, true
FROM staged_photos s CROSS JOIN LATERAL unnest(s.photo_ids, s.widths, s.heights) AS part (id, width, height)
WHERE s.act IN ('new', 'changed') AND part.id IS NOT NULL
ORDER BY part.id
ON CONFLICT (id) DO UPDATE SET used = true WHERE NOT photos.used;
INSERT INTO moved_photos (name, photo_id)
SELECT DISTINCT ON (part.name) part.name, part.id
FROM staged_photos s CROSS JOIN LATERAL unnest(s.names, s.photo_ids) AS part (name, id)
WHERE s.act IN ('new', 'changed') AND part.id IS NOT NULL
ORDER BY part.name
ON CONFLICT DO NOTHING;
DELETE FROM {owner}_photos p USING staged_photos s
WHERE s.act = 'changed' AND p.{owner}_id = s.ours AND s.photo_ids[p.position + 1] IS NULL;
WITH written AS (
    INSERT INTO {owner}_photos ({owner}_id, position, photo_id)
    SELECT s.ours, part.place - 1, part.id
    FROM staged_photos s CROSS JOIN LATERAL unnest(s.photo_ids) WITH ORDINALITY AS part (id, place)
    WHERE s.act IN ('new', 'changed') AND part.id IS NOT NULL
    ON CONFLICT ({owner}_id, position) DO UPDATE SET photo_id = excluded.photo_id
        WHERE {owner}_photos.photo_id <> excluded.photo_id
    RETURNING {owner}_id AS id
)
UPDATE staged_photos s SET act = 'left'
WHERE s.act IN ('new', 'changed') AND NOT s.whole AND NOT EXISTS (SELECT FROM written WHERE written.id = s.ours);
-- What lacks a picture is looked at again the next time: somebody may have found it.
INSERT INTO moved_in (kind, theirs, ours, seen)
SELECT '{owner}_photos', theirs, ours, seen FROM staged_photos WHERE act IN ('new', 'changed') AND whole
ON CONFLICT (kind, theirs) DO UPDATE SET seen = excluded.seen;
