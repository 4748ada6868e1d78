-- $3 is not asked for: there are no times.
SELECT id::bigint, photo
FROM comment
WHERE id > $1 AND photo IS NOT NULL AND photo <> '' AND $3 <> ''
ORDER BY id
LIMIT $2
