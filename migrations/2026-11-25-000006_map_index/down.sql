DROP INDEX CONCURRENTLY reports_map_cell_idx;
