SELECT a.id::bigint, a.alert_type, CASE WHEN a.parameter ~ '^[0-9]{1,18}$' THEN a.parameter::bigint END AS report,
       a.user_id::bigint, CASE WHEN isfinite(a.whensubscribed) THEN a.whensubscribed AT TIME ZONE $3 END AS subscribed,
       a.confirmed = 1 AND a.whendisabled IS NULL AS live
FROM alert a
WHERE a.id > $1
ORDER BY a.id
LIMIT $2
