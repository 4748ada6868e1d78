DROP TABLE report_media;
DROP TABLE open311_updates;
DROP TABLE open311_requests;
ALTER TABLE categories DROP COLUMN keywords;
ALTER TABLE api_keys DROP COLUMN trusted;
