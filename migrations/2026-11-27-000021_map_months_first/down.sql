DROP INDEX CONCURRENTLY IF EXISTS map_kind_counts_months_key;
