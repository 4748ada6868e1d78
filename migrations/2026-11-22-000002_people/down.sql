DROP TABLE audit_log, link_tokens, refresh_tokens, staff, users;
