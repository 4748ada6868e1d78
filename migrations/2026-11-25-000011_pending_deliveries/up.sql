-- What waits to be handed over, few among many: what is next at a body's server is found among them.
CREATE INDEX CONCURRENTLY deliveries_pending_idx ON deliveries (report_id, body_id) WHERE state = 'pending';
