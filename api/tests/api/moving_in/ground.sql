INSERT INTO areas (kind, code, name, geom) VALUES
    ('council', 'S1', 'Southshire', ST_Multi(ST_MakeEnvelope(-3.1, 51.50, -2.9, 51.60, 4326))),
    ('council', 'N1', 'Northshire', ST_Multi(ST_MakeEnvelope(-3.1, 51.59, -2.9, 51.70, 4326))),
    ('ward', 'SW1', 'Quay', ST_Multi(ST_MakeEnvelope(-3.0, 51.55, -2.95, 51.60, 4326)));
INSERT INTO street_lines (class, name, geom, source, source_key) VALUES
    ('minor', 'Quay Street', ST_GeomFromText('LINESTRING(-2.9901 51.55 , -2.9901 51.60)', 4326), 'test', '1');
