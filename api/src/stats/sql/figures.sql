, span AS (
    SELECT CASE WHEN max(created_at) - min(created_at) <= interval '63 days' THEN 'day'
                WHEN max(created_at) - min(created_at) <= interval '400 days' THEN 'week'
                WHEN max(created_at) - min(created_at) <= interval '9131 days' THEN 'month'
                ELSE 'year' END AS unit
    FROM chosen
)
SELECT (SELECT unit FROM span) AS unit, told.period, told.category_code, told.status,
       count(*) AS reported,
       count(*) FILTER (WHERE told.open) AS open,
       count(*) FILTER (WHERE told.status = 'fixed') AS fixed,
       count(told.fix_hours) AS fix_reports,
       percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY told.fix_hours) AS fix_hours,
       count(told.answer_hours) AS answer_reports,
       percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY told.answer_hours) AS answer_hours,
       count(*) FILTER (WHERE told.due) AS due,
       count(*) FILTER (WHERE told.late) AS late,
       count(*) FILTER (WHERE told.late AND told.open AND told.answer_hours IS NULL) AS still
FROM (
    SELECT date_trunc(span.unit, c.created_at, 'UTC') AS period, c.category_code, c.status, c.open,
           CASE WHEN c.status = 'fixed' AND c.fixed_at IS NOT NULL
                THEN greatest(extract(epoch FROM c.fixed_at - c.begun), 0)::double precision / 3600 END AS fix_hours,
           CASE WHEN c.answered_at IS NOT NULL
                THEN greatest(extract(epoch FROM c.answered_at - c.begun), 0)::double precision / 3600 END AS answer_hours,
           c.due,
           -- Ended at a moment that nobody knows, as some reports are that came from elsewhere, counts as in time.
           c.due AND (c.answered_at IS NULL OR c.answered_at > c.begun + c.patience)
                 AND (c.open OR coalesce(c.fixed_at, c.closed_at) > c.begun + c.patience) AS late
    FROM (
        SELECT k.*, k.begun <= now() - k.patience AS due
        FROM (
            SELECT r.*, coalesce(r.confirmed_at, r.created_at) AS begun,
                   r.status IN ('open', 'investigating', 'action_scheduled', 'in_progress') AS open,
                   make_interval(days => $1) AS patience
            FROM chosen r
        ) AS k
    ) AS c
    CROSS JOIN span
) AS told
GROUP BY GROUPING SETS ((), (told.period), (told.category_code), (told.status))
