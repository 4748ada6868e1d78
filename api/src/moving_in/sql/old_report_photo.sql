-- $1 their number, $2 the picture's place.
SELECT p.photo_id AS word
FROM moved_in m
JOIN reports r ON r.id = m.ours AND r.visibility = 'published'
JOIN report_photos p ON p.report_id = r.id
WHERE m.kind = 'report' AND m.theirs = $1 AND p.position = $2
