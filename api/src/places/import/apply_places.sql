-- $1 source.
WITH removed AS (
    DELETE FROM places p
    WHERE p.source = $1 AND NOT EXISTS (SELECT FROM staged_places s WHERE s.source_key = p.source_key)
    RETURNING 1
),
changed AS (
    UPDATE places p
    SET kind = s.kind, name = s.name, name_alt = s.name_alt, importance = s.importance, location = s.location,
        extent = s.extent, area = CASE WHEN p.location = s.location THEN p.area END
    FROM staged_places s
    WHERE p.source = $1 AND p.source_key = s.source_key
      AND (p.kind, p.name, p.name_alt, p.importance, p.location, p.extent)
          IS DISTINCT FROM (s.kind, s.name, s.name_alt, s.importance, s.location, s.extent)
    RETURNING 1
),
added AS (
    INSERT INTO places (kind, name, name_alt, importance, location, extent, source, source_key)
    SELECT kind, name, name_alt, importance, location, extent, $1, source_key
    FROM staged_places s
    WHERE NOT EXISTS (SELECT FROM places p WHERE p.source = $1 AND p.source_key = s.source_key)
    -- Neighbours side by side on disk, and in the same areas one after the other.
    ORDER BY location, source_key
    RETURNING 1
)
SELECT (SELECT count(*) FROM staged_places) AS staged,
       (SELECT count(*) FROM added) AS added,
       (SELECT count(*) FROM changed) AS changed,
       (SELECT count(*) FROM removed) AS removed
