INSERT INTO areas (kind, code, name, name_alt, geom) VALUES
    ('council', 'S1', 'Southshire', 'De', ST_Multi(ST_MakeEnvelope(-3.1, 51.50, -2.9, 51.60, 4326))),
    ('council', 'N1', 'Northshire', NULL, ST_Multi(ST_MakeEnvelope(-3.1, 51.59, -2.9, 51.70, 4326))),
    ('ward', 'SW1', 'Quay', NULL, ST_Multi(ST_MakeEnvelope(-3.0, 51.55, -2.95, 51.60, 4326)));

INSERT INTO bodies (slug, name, email) VALUES
    ('south', 'Southshire Council', 'streets@south.example.org'),
    ('north', 'Northshire Council', 'streets@north.example.org');

INSERT INTO body_areas
SELECT b.id, a.id FROM bodies b JOIN areas a ON (b.slug, a.code) IN (('south', 'S1'), ('north', 'N1'));

INSERT INTO categories (body_id, code, name, group_name, target_hours, preferred, questions)
SELECT id, 'potholes', 'Potholes', 'Roads', 120, slug = 'north',
       '[{"code": "depth", "label": "How deep?", "datatype": "number"},
         {"code": "danger", "label": "Danger?", "datatype": "singlevaluelist",
          "choices": [{"key": "no", "name": "No"}, {"key": "yes", "name": "Yes", "blocks": "Phone 999"}]}]'
FROM bodies;
INSERT INTO categories (body_id, code, name, group_name) SELECT id, 'drains', 'Drains', 'Roads' FROM bodies;
INSERT INTO categories (body_id, code, name, group_name, private)
SELECT id, 'needles', 'Needles', 'Cleaning', true FROM bodies WHERE slug = 'south';

INSERT INTO street_lines (class, name, geom, source, source_key) VALUES
    ('minor', 'Quay Street', ST_GeomFromText('LINESTRING(-2.998 51.558, -2.9975 51.562)', 4326), 'test', '1');
