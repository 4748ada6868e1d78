-- reports_map_idx serves what this one did.
DROP INDEX CONCURRENTLY IF EXISTS reports_map_cell_idx;
