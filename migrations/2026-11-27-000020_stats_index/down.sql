DROP INDEX CONCURRENTLY reports_stats_idx;
