-- $1 their number, $2 the picture's place.
SELECT p.photo_id AS word
FROM moved_in m
JOIN updates u ON u.id = m.ours AND u.visibility = 'published'
JOIN reports r ON r.id = u.report_id AND r.visibility = 'published'
JOIN update_photos p ON p.update_id = u.id
WHERE m.kind = 'update' AND m.theirs = $1 AND p.position = $2
