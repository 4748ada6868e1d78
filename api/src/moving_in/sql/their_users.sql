-- Everybody, with the permissions of their own and of their roles at the body they work for.
SELECT u.id::bigint, lower(btrim(u.email)) AS email, u.email_verified, btrim(u.name) AS name, btrim(u.phone) AS phone,
       CASE WHEN isfinite(u.created) THEN u.created AT TIME ZONE $3 END AS created,
       u.from_body::bigint, u.is_superuser AS superuser,
       ARRAY(SELECT p.permission_type FROM user_body_permissions p WHERE p.user_id = u.id AND p.body_id = u.from_body
             UNION
             SELECT unnest(r.permissions)
             FROM user_roles ur JOIN roles r ON r.id = ur.role_id
             WHERE ur.user_id = u.id AND r.body_id = u.from_body
             ORDER BY 1) AS permissions
FROM users u
WHERE u.id > $1
ORDER BY u.id
LIMIT $2
