-- Tables of the shape of FixMyStreet's, as far as they are read: without its checks and references, so that they can hold
-- whatever years of other versions and hands left there.
CREATE TABLE body (id serial PRIMARY KEY, name text, send_method text, deleted boolean NOT NULL DEFAULT false);
CREATE TABLE body_areas (body_id integer, area_id integer);
CREATE TABLE contacts (
    id serial PRIMARY KEY, body_id integer, category text, email text, state text, non_public boolean, send_method text,
    extra jsonb);
CREATE TABLE users (
    id serial PRIMARY KEY, email text, email_verified boolean NOT NULL DEFAULT false, name text, phone text,
    password text NOT NULL DEFAULT '', from_body integer, is_superuser boolean NOT NULL DEFAULT false,
    created timestamp NOT NULL DEFAULT '2020-01-01');
CREATE TABLE roles (id serial PRIMARY KEY, body_id integer, permissions text[]);
CREATE TABLE user_roles (role_id integer, user_id integer);
CREATE TABLE user_body_permissions (user_id integer, body_id integer, permission_type text);
CREATE TABLE state (label text, type text);
CREATE TABLE problem (
    id serial PRIMARY KEY, latitude double precision, longitude double precision, bodies_str text, category text,
    title text, detail text, photo bytea, user_id integer, name text, anonymous boolean NOT NULL DEFAULT false,
    created timestamp DEFAULT '2025-07-01 12:00', confirmed timestamp DEFAULT '2025-07-01 12:05', state text,
    lastupdate timestamp DEFAULT '2025-12-01 09:00', whensent timestamp DEFAULT '2025-07-01 12:10', extra jsonb,
    external_id text, send_method_used text, non_public boolean DEFAULT false, interest_count integer DEFAULT 0);
CREATE TABLE comment (
    id serial PRIMARY KEY, problem_id integer, user_id integer, name text, anonymous boolean NOT NULL DEFAULT false,
    text text, photo bytea, state text DEFAULT 'confirmed', problem_state text, mark_fixed boolean NOT NULL DEFAULT false,
    mark_open boolean NOT NULL DEFAULT false, extra jsonb, created timestamp DEFAULT '2025-07-02 10:00',
    confirmed timestamp);
CREATE INDEX ON comment (problem_id);
CREATE TABLE alert (
    id serial PRIMARY KEY, alert_type text, parameter text, parameter2 text, user_id integer,
    confirmed integer NOT NULL DEFAULT 1, whensubscribed timestamp DEFAULT '2025-07-01', whendisabled timestamp);
