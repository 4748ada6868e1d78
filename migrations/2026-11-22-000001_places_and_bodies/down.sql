DROP TABLE street_lines, postcodes, places, categories, body_areas, bodies, areas, settings;
DROP FUNCTION search_form(text);
DROP FUNCTION plain_form(text);
-- The extensions stay: other things in the database may use them.
