WITH made AS (
    INSERT INTO body_areas (body_id, area_id)
    SELECT DISTINCT body_id, area_id FROM staged_body_areas
    ON CONFLICT DO NOTHING
    RETURNING body_id, area_id
)
UPDATE staged_body_areas s SET act = 'new' FROM made WHERE (made.body_id, made.area_id) = (s.body_id, s.area_id);
UPDATE staged_body_areas SET act = 'same' WHERE act IS NULL;
