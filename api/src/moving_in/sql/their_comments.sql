-- Whoever works for a body speaks for it, unless the update says that it is for somebody else.
SELECT c.id::bigint, c.problem_id::bigint, u.id::bigint AS user_id, c.user_id = p.user_id AS by_author,
       CASE WHEN e.extra ->> 'contributed_as' IN ('another_user', 'anonymous_user') THEN NULL
            WHEN e.extra ->> 'is_body_user' ~ '^[0-9]{1,18}$' THEN (e.extra ->> 'is_body_user')::bigint
            ELSE u.from_body::bigint END AS body_id,
       btrim(c.name) AS name, c.anonymous, lower(btrim(u.email)) AS email, coalesce(u.email_verified, false) AS account,
       btrim(c.text) AS text, c.state, c.problem_state, c.mark_fixed, c.mark_open,
       CASE WHEN isfinite(coalesce(c.confirmed, c.created)) THEN coalesce(c.confirmed, c.created) AT TIME ZONE $3 END AS created
FROM comment c
JOIN problem p ON p.id = c.problem_id
LEFT JOIN users u ON u.id = c.user_id
CROSS JOIN LATERAL (SELECT to_jsonb(c.extra) AS extra) e
WHERE c.id > $1
ORDER BY c.id
LIMIT $2
