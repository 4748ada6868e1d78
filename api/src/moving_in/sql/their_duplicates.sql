-- $3 is not asked for: there are no times.
SELECT p.id::bigint, (to_jsonb(p.extra) ->> 'duplicate_of')::bigint AS other
FROM problem p
WHERE p.id > $1 AND p.state = 'duplicate' AND to_jsonb(p.extra) ->> 'duplicate_of' ~ '^[0-9]{1,18}$' AND $3 <> ''
ORDER BY p.id
LIMIT $2
