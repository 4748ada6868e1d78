-- Counts are asked for of some months: each is to be a stretch of the key, instead of a part of every cell's.
CREATE UNIQUE INDEX CONCURRENTLY map_kind_counts_months_key ON map_kind_counts (level, kind_id, by_month, month, cell, status_group);
