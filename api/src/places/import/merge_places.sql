-- One rule for every source, whichever was imported first: where two sources have a place of the same kind and name
-- within 400 m of each other, one of them is shown. It is rather any other than one made of an area, whose point says
-- little; then the one that knows a second name; between equals the source whose name comes first.
WITH hidden AS (
    SELECT DISTINCT p.id
    FROM places p
    JOIN places q ON q.form = p.form AND q.kind = p.kind AND q.source <> p.source
    WHERE (q.source = 'areas', q.name_alt IS NULL, q.source) < (p.source = 'areas', p.name_alt IS NULL, p.source)
      AND ST_DWithin(coalesce(q.extent, q.location)::geography, coalesce(p.extent, p.location)::geography, 400)
)
UPDATE places
SET shadowed = NOT shadowed
WHERE shadowed <> (id IN (SELECT id FROM hidden))
