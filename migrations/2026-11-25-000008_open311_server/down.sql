DROP TABLE report_media;
DROP TABLE received_updates;
DROP TABLE received_requests;
ALTER TABLE categories DROP COLUMN keywords;
ALTER TABLE api_keys DROP COLUMN trusted;
