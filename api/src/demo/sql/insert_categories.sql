-- A category a body has already stays as it is: somebody may have edited it.
INSERT INTO categories (body_id, code, name, group_name, hint, target_hours, preferred, questions, position)
SELECT body_id, code, name, group_name, hint, target_hours, preferred, questions, position
FROM jsonb_to_recordset($1) AS r(
    body_id bigint, code text, name text, group_name text, hint text, target_hours integer, preferred boolean,
    questions jsonb, position integer)
ON CONFLICT (body_id, code) DO NOTHING
