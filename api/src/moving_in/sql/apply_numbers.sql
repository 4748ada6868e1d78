-- Where a report went to one server only, the number is that server's.
WITH there AS (
    SELECT s.theirs, r.id, s.number, min(v.id) AS server_id
    FROM staged_numbers s
    JOIN moved_in m ON m.kind = 'report' AND m.theirs = s.theirs
    JOIN reports r ON r.id = m.ours
    JOIN report_bodies b ON b.report_id = r.id
    JOIN open311_servers v ON v.body_id = b.body_id
    GROUP BY s.theirs, r.id, s.number
    HAVING count(*) = 1
), written AS (
    INSERT INTO open311_requests (report_id, server_id, state, request_id)
    SELECT id, server_id, 'numbered', number FROM there
    ON CONFLICT DO NOTHING
    RETURNING report_id
)
UPDATE staged_numbers s SET act = 'new' FROM there JOIN written ON written.report_id = there.id WHERE s.theirs = there.theirs;
UPDATE staged_numbers SET act = 'same' WHERE act IS NULL;
