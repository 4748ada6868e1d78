DROP INDEX CONCURRENTLY deliveries_pending_idx;
