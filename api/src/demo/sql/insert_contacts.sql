INSERT INTO report_contacts (report_id, email, anonymous, answers, questions)
SELECT report_id, email, true, answers, questions
FROM jsonb_to_recordset($1) AS r(report_id bigint, email text, answers jsonb, questions jsonb)
