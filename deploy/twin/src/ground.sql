-- A small invented county for the load of `make survive`: one body told by mail, one with a back office of its own.
INSERT INTO areas (kind, code, name, geom) VALUES
    ('council', 'S1', 'Southshire', ST_Multi(ST_MakeEnvelope(-3.1, 51.50, -2.9, 51.60, 4326))),
    ('council', 'E1', 'Eastshire', ST_Multi(ST_MakeEnvelope(-2.9, 51.50, -2.8, 51.60, 4326)));

INSERT INTO bodies (slug, name, email) VALUES
    ('south', 'Southshire Council', 'streets@south.example.org'),
    ('east', 'Eastshire Council', 'streets@east.example.org');

INSERT INTO body_areas
SELECT b.id, a.id FROM bodies b JOIN areas a ON (b.slug, a.code) IN (('south', 'S1'), ('east', 'E1'));

INSERT INTO categories (body_id, code, name, group_name) SELECT id, 'potholes', 'Potholes', 'Roads' FROM bodies WHERE slug = 'south';
INSERT INTO categories (body_id, code, name, group_name, private) SELECT id, 'needles', 'Needles', 'Cleaning', true FROM bodies WHERE slug = 'south';

INSERT INTO street_lines (class, name, geom, source, source_key) VALUES
    ('minor', 'Quay Street', ST_GeomFromText('LINESTRING(-2.998 51.558, -2.9975 51.562)', 4326), 'twin', '1');
