UPDATE staged_reports s
SET ours = m.ours, written_at = m.written_at, act = CASE WHEN m.seen = s.seen THEN 'same' ELSE 'changed' END
FROM moved_in m WHERE m.kind = 'report' AND m.theirs = s.theirs;
-- Nobody changes them here meanwhile.
SELECT FROM reports WHERE id IN (SELECT ours FROM staged_reports WHERE act = 'changed') ORDER BY id FOR NO KEY UPDATE;
UPDATE staged_reports s SET act = 'left', reason = 'deleted_here'
WHERE act IS NOT NULL AND NOT EXISTS (SELECT FROM reports r WHERE r.id = s.ours);
UPDATE staged_reports s SET act = 'left', reason = 'changed_here'
FROM reports r WHERE s.act = 'changed' AND r.id = s.ours AND r.updated_at IS DISTINCT FROM s.written_at;
-- Their number, where it is free.
UPDATE staged_reports s
SET act = 'new',
    ours = CASE WHEN EXISTS (SELECT FROM reports r WHERE r.id = s.theirs) THEN nextval('reports_id_seq') ELSE s.theirs END
WHERE act IS NULL;
-- Moments in the future become this one.
UPDATE staged_reports SET reason = 'future_time'
WHERE act <> 'left' AND greatest(created_at, confirmed_at, updated_at, sent_at) > now();
UPDATE staged_reports
SET created_at = least(created_at, now()), confirmed_at = least(confirmed_at, now()),
    updated_at = least(updated_at, now()), sent_at = least(sent_at, now())
WHERE act IN ('new', 'changed') AND reason = 'future_time';

-- Where they lie, as for a report that somebody makes here.
UPDATE staged_reports s
SET placed = s.act = 'new' OR NOT EXISTS (
    SELECT FROM reports r
    WHERE r.id = s.ours AND public.ST_X(r.location) = s.lon AND public.ST_Y(r.location) = s.lat)
WHERE act IN ('new', 'changed');
TRUNCATE staged_report_areas;
INSERT INTO staged_report_areas (report_id, area_id, kind, name)
SELECT s.ours, a.id, a.kind, a.name FROM staged_reports s CROSS JOIN LATERAL (
{areas_at}
) a WHERE s.placed;
ANALYZE staged_report_areas;
UPDATE staged_reports s
SET area = CASE WHEN ward <> council THEN ward || ', ' || council ELSE coalesce(council, ward) END
FROM (SELECT report_id, min(name) FILTER (WHERE kind = 'ward') AS ward, min(name) FILTER (WHERE kind = 'council') AS council
      FROM staged_report_areas GROUP BY report_id) AS found
WHERE s.placed AND found.report_id = s.ours;
UPDATE staged_reports s SET street = found.name
FROM (SELECT o.ours, n.name FROM staged_reports o CROSS JOIN LATERAL (
{nearest_street}
) n WHERE o.placed) AS found
WHERE found.ours = s.ours;
UPDATE staged_reports s SET street = r.street, area = r.area
FROM reports r WHERE s.act = 'changed' AND NOT s.placed AND r.id = s.ours;

INSERT INTO reports (id, location, title, detail, category_code, category_name, category_group, status, visibility, fixed_by,
                     author_id, public_name, street, area, created_at, confirmed_at, updated_at, private, supporter_count,
                     body_ids)
OVERRIDING SYSTEM VALUE
SELECT s.ours, public.ST_SetSRID(public.ST_MakePoint(s.lon, s.lat), 4326), s.title, s.detail, s.category_code,
       s.category_name, s.category_group, s.status, s.visibility, s.fixed_by, u.id, s.public_name, s.street, s.area,
       s.created_at, s.confirmed_at, s.updated_at, s.private, s.supporters, s.body_ids
FROM staged_reports s
LEFT JOIN moved_in m ON m.kind = 'user' AND m.theirs = s.user_id
LEFT JOIN users u ON u.id = m.ours
WHERE s.act = 'new'
ORDER BY s.ours;
UPDATE reports r
SET location = public.ST_SetSRID(public.ST_MakePoint(s.lon, s.lat), 4326), title = s.title, detail = s.detail,
    category_code = s.category_code, category_name = s.category_name, category_group = s.category_group,
    status = s.status, visibility = s.visibility, fixed_by = s.fixed_by,
    duplicate_of = CASE WHEN s.status = 'duplicate' THEN r.duplicate_of END,
    author_id = s.author_id, public_name = s.public_name, street = s.street, area = s.area, created_at = s.created_at,
    confirmed_at = s.confirmed_at, updated_at = s.updated_at, private = s.private, body_ids = s.body_ids
FROM (SELECT s.*, u.id AS author_id
      FROM staged_reports s
      LEFT JOIN moved_in m ON m.kind = 'user' AND m.theirs = s.user_id
      LEFT JOIN users u ON u.id = m.ours
      WHERE s.act = 'changed') AS s
WHERE r.id = s.ours;

INSERT INTO report_contacts (report_id, name, email, phone, anonymous, answers, questions)
SELECT ours, name, email, phone, anonymous, answers, questions FROM staged_reports WHERE act IN ('new', 'changed')
ON CONFLICT (report_id) DO UPDATE
SET name = excluded.name, email = excluded.email, phone = excluded.phone, anonymous = excluded.anonymous,
    answers = excluded.answers, questions = excluded.questions;
-- In the report's row they stand already: the trigger has nothing to change.
DELETE FROM report_bodies b USING staged_reports s
WHERE s.act = 'changed' AND b.report_id = s.ours AND b.body_id <> ALL (s.body_ids);
INSERT INTO report_bodies (report_id, body_id, category_id)
SELECT s.ours, part.body_id, nullif(part.category_id, 0)
FROM staged_reports s CROSS JOIN LATERAL unnest(s.body_ids, s.category_ids) AS part (body_id, category_id)
WHERE s.act IN ('new', 'changed')
ON CONFLICT (report_id, body_id) DO UPDATE SET category_id = excluded.category_id;
DELETE FROM report_areas a USING staged_reports s WHERE s.act = 'changed' AND s.placed AND a.report_id = s.ours;
INSERT INTO report_areas (report_id, area_id) SELECT report_id, area_id FROM staged_report_areas;
UPDATE staged_reports s SET reason = 'outside_areas'
WHERE s.act <> 'left' AND s.reason IS NULL AND NOT EXISTS (SELECT FROM report_areas a WHERE a.report_id = s.ours);
-- They have it: it is not sent again.
INSERT INTO deliveries (id, report_id, body_id, state, attempts, sent_at, created_at)
SELECT gen_random_uuid(), s.ours, body_id, 'sent', 1, s.sent_at, s.sent_at
FROM staged_reports s CROSS JOIN LATERAL unnest(s.body_ids) AS body_id
WHERE s.act IN ('new', 'changed') AND s.sent_at IS NOT NULL
ON CONFLICT DO NOTHING;
INSERT INTO moved_in (kind, theirs, ours, seen, written_at)
SELECT 'report', theirs, ours, seen, updated_at FROM staged_reports WHERE act IN ('new', 'changed')
ON CONFLICT (kind, theirs) DO UPDATE SET seen = excluded.seen, written_at = excluded.written_at;
