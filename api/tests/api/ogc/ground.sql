-- Sixty published reports in Southshire, and one of each kind that is nobody's business.
INSERT INTO reports (location, title, detail, category_code, category_name, category_group, status, fixed_by, visibility, street,
                     created_at, confirmed_at, supporter_count)
SELECT ST_SetSRID(ST_MakePoint(-3.09 + n * 0.003, 51.51 + n * 0.0013), 4326),
       (ARRAY['Deep pothole', 'Café sign down', 'blocked drain', '100% dark_street'])[n % 4 + 1] || ' ' || n,
       'It is number ' || n, (ARRAY['potholes', 'drains'])[n % 2 + 1], (ARRAY['Potholes', 'Drains'])[n % 2 + 1], 'Roads',
       (ARRAY['open', 'fixed', 'closed'])[n % 3 + 1], CASE WHEN n % 3 = 1 THEN 'body' END, 'published',
       CASE WHEN n % 5 > 0 THEN 'Quay Street' END,
       timestamptz '2026-01-01 00:00:00.123456Z' + n * interval '1 day 1 hour', timestamptz '2026-01-01Z' + n * interval '1 day 2 hours',
       n % 7
FROM generate_series(1, 60) AS n;
INSERT INTO reports (location, title, detail, category_code, category_name, category_group, visibility)
SELECT ST_SetSRID(ST_MakePoint(-3.0, 51.55), 4326), 'secret', 'secret', 'potholes', 'Potholes', 'Roads', visibility
FROM unnest(ARRAY['unconfirmed', 'private', 'hidden']) AS visibility;
INSERT INTO report_areas SELECT r.id, a.id FROM reports r JOIN areas a ON ST_Intersects(a.geom, r.location);
INSERT INTO report_bodies SELECT r.id, b.id FROM reports r, bodies b WHERE b.slug = 'south';
INSERT INTO updates (report_id, body_id, by_author, text, status, visibility, created_at)
SELECT r.id, b.id, false, 'We did it', 'fixed', 'published', r.created_at + interval '2 days'
FROM reports r, bodies b WHERE b.slug = 'south' AND r.status = 'fixed';
INSERT INTO updates (report_id, by_author, text, visibility, created_at)
SELECT r.id, true, 'Thank you', 'published', r.created_at + interval '3 days' FROM reports r WHERE r.status = 'fixed';
INSERT INTO updates (report_id, text, visibility) SELECT r.id, 'secret', 'hidden' FROM reports r WHERE r.id % 10 = 0;
INSERT INTO updates (report_id, text, visibility) SELECT r.id, 'secret', 'published' FROM reports r WHERE r.visibility <> 'published';
INSERT INTO street_lines (class, name, geom, source, source_key) VALUES
    ('main', 'Long Road', ST_GeomFromText('LINESTRING(-3.09 51.51, -3.0 51.55, -2.91 51.58)', 4326), 'test', '2'),
    ('water', 'River', ST_GeomFromText('LINESTRING(-3.09 51.52, -2.91 51.52)', 4326), 'test', '3'),
    ('minor', NULL, ST_GeomFromText('LINESTRING(-3.09 51.53, -2.91 51.53)', 4326), 'test', '4');
INSERT INTO bodies (slug, name, email) VALUES ('nowhere', 'Body without an area', 'secret@nowhere.example.org');
