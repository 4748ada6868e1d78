-- $3 is not asked for: there are no times.
SELECT p.id::bigint, btrim(p.external_id) AS number
FROM problem p
WHERE p.id > $1 AND p.external_id <> '' AND p.send_method_used LIKE '%Open311%' AND $3 <> ''
ORDER BY p.id
LIMIT $2
