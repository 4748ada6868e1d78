DELETE FROM jobs WHERE kind IN ('open311_token', 'open311_pictures', 'open311_poll', 'open311_sync');
UPDATE jobs SET kind = 'deliver', lane = NULL, payload = jsonb_build_object('kind', 'deliver', 'delivery', payload -> 'delivery')
WHERE kind = 'open311_deliver';
DROP TABLE open311_updates;
DROP TABLE open311_requests;
DROP TABLE open311_ignored;
DROP TABLE open311_services;
DROP TABLE open311_servers;
