-- A small site: every state, and the odd rows of years.
INSERT INTO body (id, name, send_method, deleted) VALUES
    (1, 'Southshire Council', NULL, false),
    (2, 'Westmoor Borough Council', 'Open311', false),
    (3, 'Gone District Council', NULL, true);
-- Southshire is found by its name.
INSERT INTO body_areas VALUES (1, 2001), (2, 2002), (2, 2010);
INSERT INTO contacts (id, body_id, category, email, state, non_public, send_method, extra) VALUES
    (1, 1, 'Potholes', 'zebra-potholes@south.example.org', 'confirmed', false, NULL,
     '{"group": ["Roads", "Other"], "_fields": [{"code": "size", "description": "How big?", "datatype": "singlevaluelist",
       "required": "true", "values": [{"key": "s", "name": "Small"}, {"key": "l", "name": "Large"}]}]}'),
    (2, 1, 'Graffiti', 'GRAF_1', 'confirmed', false, 'Open311', NULL),
    (3, 1, 'Abandoned vehicles', 'zebra-potholes@south.example.org,more@south.example.org', 'confirmed', NULL, NULL, NULL),
    (4, 1, 'Needles', 'zebra-potholes@south.example.org', 'confirmed', true, NULL, NULL),
    (5, 1, 'Old category', 'zebra-potholes@south.example.org', 'deleted', false, NULL, NULL),
    (6, 1, 'Refused thing', 'REFUSED', 'confirmed', false, NULL, NULL),
    (7, 2, 'Potholes', 'POT_1', 'confirmed', false, NULL, '{"_fields": "A1:"}'),
    (9, 1, 'POTHOLES ', 'zebra-potholes@south.example.org', 'deleted', false, NULL, NULL),
    (8, 1, 'Staff only', 'zebra-potholes@south.example.org', 'staff', false, NULL, NULL);
INSERT INTO users (id, email, email_verified, name, phone, password, from_body, is_superuser) VALUES
    (1, 'Zebra-Alice@example.org', true, 'Alice Resident', '01633 999 111', '$2a$12$zebrahash', NULL, false),
    (2, 'zebra-bob@example.org', false, 'Bob Zebraname', NULL, '', NULL, false),
    (3, 'zebra-inspector@south.example.org', true, 'Iona Zebraname', NULL, '$2a$12$zebrahash', 1, false),
    (4, 'zebra-root@example.org', true, 'Root Zebraname', NULL, '$2a$12$zebrahash', NULL, true),
    (5, NULL, false, 'Phone Zebraname', '07700 900 999', '', NULL, false),
    (6, 'removed-6@example.org', true, '', NULL, '', NULL, false),
    (7, 'zebra-officer@west.example.org', true, 'Westmoor Zebraname', NULL, '', 2, false);
INSERT INTO roles VALUES (1, 2, ARRAY['moderate', 'report_inspect']), (2, 1, ARRAY['user_edit']);
-- The second role is another body's: it gives nothing.
INSERT INTO user_roles VALUES (1, 7), (2, 7);
INSERT INTO user_body_permissions VALUES (3, 1, 'report_inspect'), (3, 2, 'user_edit');
INSERT INTO state VALUES ('for triage', 'open'), ('mended', 'fixed');

INSERT INTO problem (id, latitude, longitude, bodies_str, category, title, detail, user_id, name, state)
SELECT 100 + n, 51.56 + n * 0.0005, -2.99, '1', 'Potholes', 'Title ' || n, 'Detail ' || n, 1, 'Alice Resident', state
FROM unnest(ARRAY['confirmed', 'investigating', 'in progress', 'planned', 'action scheduled', 'fixed', 'fixed - user',
                  'fixed - council', 'closed', 'unable to fix', 'not responsible', 'duplicate', 'internal referral',
                  'cancelled', 'for triage', 'mended', 'hidden', 'unconfirmed', 'partial', 'limbo'])
     WITH ORDINALITY AS states (state, n);
UPDATE problem SET detail = 'zebra-hidden' WHERE state = 'hidden';
UPDATE problem SET detail = 'zebra-unconfirmed' WHERE state IN ('unconfirmed', 'partial');
UPDATE problem SET extra = '{"duplicate_of": 101}' WHERE id = 112;
INSERT INTO problem (id, latitude, longitude, bodies_str, category, title, detail, user_id, name, state)
SELECT 200 + n, 51.57, -2.98, '1', 'Potholes', 'Odd ' || n, 'Detail', 1, 'Alice Resident', 'confirmed'
FROM generate_series(0, 20) AS n;
UPDATE problem SET latitude = NULL WHERE id = 200;
UPDATE problem SET latitude = 0, longitude = 0 WHERE id = 201;
UPDATE problem SET latitude = 95 WHERE id = 202;
UPDATE problem SET latitude = 'NaN' WHERE id = 203;
UPDATE problem SET created = '2999-01-01', confirmed = '2999-01-01', lastupdate = '2999-01-01' WHERE id = 204;
UPDATE problem SET user_id = 999, name = 'Nobody Known' WHERE id = 205;
UPDATE problem SET latitude = 55, longitude = 10 WHERE id = 206;
UPDATE problem SET bodies_str = '1,77' WHERE id = 207;
UPDATE problem SET category = 'Dragons' WHERE id = 208;
UPDATE problem SET extra = '"L1:A1:T4:name"' WHERE id = 209;
UPDATE problem SET non_public = true, category = 'Needles', title = 'zebra-private', detail = 'zebra-private' WHERE id = 210;
UPDATE problem SET anonymous = true, name = 'Alice Zebraname', interest_count = 3 WHERE id = 211;
UPDATE problem SET bodies_str = '2,1' WHERE id = 212;
UPDATE problem SET created = 'infinity', confirmed = NULL, whensent = NULL WHERE id = 213;
UPDATE problem SET state = 'duplicate', extra = '{"duplicate_of": "101"}' WHERE id = 214;
UPDATE problem SET state = 'duplicate', extra = '{"duplicate_of": 999}' WHERE id = 215;
UPDATE problem SET title = ' ', bodies_str = NULL WHERE id = 216;
UPDATE problem SET user_id = 2, name = 'Bob Zebraname', anonymous = true,
    extra = '{"_fields": [{"name": "size", "description": "How big?", "value": "zebra-answer"}]}' WHERE id = 220;

UPDATE problem SET external_id = 'S-' || id, send_method_used = 'Open311' WHERE id IN (102, 105);
UPDATE problem SET external_id = 'mail', send_method_used = 'Email' WHERE id = 106;

INSERT INTO comment (id, problem_id, user_id, name, text) VALUES
    (1, 101, 1, 'Alice Resident', 'Still there'),
    (2, 101, 3, 'Iona Zebraname', 'We look at it'),
    (3, 107, 2, 'Bob Public', 'It is mended'),
    (4, 101, 1, 'Alice Resident', 'zebra-hidden'),
    (5, 101, 1, 'Alice Resident', 'zebra-unconfirmed'),
    (6, 101, 1, 'Alice Resident', ''),
    (7, 118, 1, 'Alice Resident', 'Of one that is not here'),
    (8, 102, 7, 'Westmoor Zebraname', 'For a resident'),
    (9, 102, 5, NULL, 'By telephone'),
    (10, 103, 1, 'Alice Resident', 'From the future');
UPDATE comment SET problem_state = 'in progress', extra = '{"is_body_user": 1}' WHERE id = 2;
UPDATE comment SET mark_fixed = true WHERE id = 3;
UPDATE comment SET state = 'hidden' WHERE id = 4;
UPDATE comment SET state = 'unconfirmed' WHERE id = 5;
UPDATE comment SET extra = '{"contributed_as": "another_user"}', anonymous = true WHERE id = 8;
UPDATE comment SET confirmed = '2999-01-01' WHERE id = 10;

INSERT INTO alert (id, alert_type, parameter, parameter2, user_id, confirmed, whendisabled) VALUES
    (1, 'new_updates', '101', NULL, 1, 1, NULL),
    (2, 'new_updates', '102', NULL, 1, 1, '2025-08-01'),
    (3, 'new_updates', '101', NULL, 2, 1, NULL),
    (4, 'local_problems', '-2.99', '51.56', 1, 1, NULL),
    (5, 'area_problems', '2001', NULL, 1, 1, NULL),
    (6, 'new_updates', '118', NULL, 1, 1, NULL),
    (7, 'new_updates', '103', NULL, 1, 0, NULL);
