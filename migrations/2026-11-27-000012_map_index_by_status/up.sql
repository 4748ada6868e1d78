-- The reports of a tile that match a filter, found without looking at the others in it. Reports may be written meanwhile.
CREATE INDEX CONCURRENTLY reports_map_idx ON reports (status_group, map_cell(location), map_month(created_at), category_code) WHERE visibility = 'published';
