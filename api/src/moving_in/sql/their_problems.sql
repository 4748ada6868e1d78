SELECT p.id::bigint, p.longitude AS lon, p.latitude AS lat, btrim(p.title) AS title, btrim(p.detail) AS detail,
       btrim(p.category) AS category, p.state, u.id::bigint AS user_id, btrim(p.name) AS name, p.anonymous,
       lower(btrim(u.email)) AS email, btrim(u.phone) AS phone, coalesce(u.email_verified, false) AS account,
       CASE WHEN isfinite(p.created) THEN p.created AT TIME ZONE $3 END AS created,
       CASE WHEN isfinite(p.confirmed) THEN p.confirmed AT TIME ZONE $3 END AS confirmed,
       CASE WHEN isfinite(p.lastupdate) THEN p.lastupdate AT TIME ZONE $3 END AS lastupdate,
       CASE WHEN isfinite(p.whensent) THEN p.whensent AT TIME ZONE $3 END AS whensent,
       coalesce(p.non_public, false) AS non_public, coalesce(p.bodies_str, '') AS bodies, to_jsonb(p.extra) AS extra,
       coalesce(p.interest_count, 0) AS interest_count,
       -- Authors also say so in a questionnaire, which leaves no update: only another's mark makes it another's word.
       p.state IN ('fixed', 'fixed - user') AND EXISTS (
           SELECT FROM comment c
           WHERE c.problem_id = p.id AND c.state = 'confirmed' AND c.mark_fixed AND c.user_id <> p.user_id
       ) AS fixed_by_other
FROM problem p
LEFT JOIN users u ON u.id = p.user_id
WHERE p.id > $1
ORDER BY p.id
LIMIT $2
