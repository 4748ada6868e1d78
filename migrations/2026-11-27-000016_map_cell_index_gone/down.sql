CREATE INDEX CONCURRENTLY reports_map_cell_idx ON reports (map_cell(location)) WHERE visibility = 'published';
