-- A town for the load test: a net of streets, and reports that lie the denser the nearer the middle is.
INSERT INTO street_lines (class, name, geom, source, source_key)
SELECT CASE WHEN n % 10 = 0 THEN 'main' ELSE 'minor' END, 'Street ' || n,
       CASE WHEN n % 2 = 0 THEN ST_SetSRID(ST_MakeLine(ST_MakePoint(-3.05 + n * 0.0005, 51.52), ST_MakePoint(-3.05 + n * 0.0005, 51.59)), 4326)
            ELSE ST_SetSRID(ST_MakeLine(ST_MakePoint(-3.05, 51.52 + n * 0.00035), ST_MakePoint(-2.95, 51.52 + n * 0.00035)), 4326) END,
       'town', n::text
FROM generate_series(1, 199) AS n;

INSERT INTO reports (location, title, detail, category_code, category_name, category_group, visibility, confirmed_at)
SELECT ST_SetSRID(ST_MakePoint(-2.9977 + 0.03 * (random() + random() + random() - 1.5), 51.56 + 0.015 * (random() + random() + random() - 1.5)), 4326),
       'Pothole ' || n, 'It is there since the frost.', 'potholes', 'Potholes', 'Roads', 'published', now()
FROM generate_series(1, 5000) AS n;
