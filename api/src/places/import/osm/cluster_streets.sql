-- $1 metres of the Web Mercator map within which two lines of one name are one street.
WITH named AS (
    -- By what a search compares: the same street is not everywhere spelled with the same capitals.
    SELECT source_key, geom, search_form(name) AS form
    FROM staged_lines
    WHERE name IS NOT NULL AND class IN ('trunk', 'main', 'minor', 'path')
),
clustered AS (
    SELECT source_key, form,
           ST_ClusterDBSCAN(ST_Transform(geom, 3857), $1, 1) OVER (PARTITION BY form ORDER BY source_key) AS cluster
    FROM named
),
keyed AS (
    SELECT source_key, min(source_key) OVER (PARTITION BY form, cluster) AS street
    FROM clustered
)
UPDATE staged_lines l SET street = k.street
FROM keyed k
WHERE k.source_key = l.source_key
