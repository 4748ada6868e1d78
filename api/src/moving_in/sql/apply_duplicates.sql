UPDATE reports r SET duplicate_of = o.ours
FROM staged_duplicates s
JOIN moved_in m ON m.kind = 'report' AND m.theirs = s.theirs
JOIN moved_in o ON o.kind = 'report' AND o.theirs = s.other AND o.ours <> m.ours
WHERE r.id = m.ours AND r.status = 'duplicate' AND r.updated_at = m.written_at AND r.duplicate_of IS DISTINCT FROM o.ours
  AND EXISTS (SELECT FROM reports other WHERE other.id = o.ours);
UPDATE staged_duplicates s SET act = 'left', reason = 'duplicate_unknown'
WHERE NOT EXISTS (SELECT FROM moved_in m JOIN reports r ON r.id = m.ours WHERE m.kind = 'report' AND m.theirs = s.other);
UPDATE staged_duplicates SET act = 'same' WHERE act IS NULL;
