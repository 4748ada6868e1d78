-- theirs: their number; seen: a number made of their row; ours: our number; act: what became of it; reason: a word about it.
CREATE TEMP TABLE IF NOT EXISTS staged_bodies (
    theirs bigint, seen uuid, ours bigint, act text, reason text,
    slug text, name text, email text);
CREATE TEMP TABLE IF NOT EXISTS staged_contacts (
    theirs bigint, seen uuid, ours bigint, act text, reason text,
    body_id bigint, code text, name text, group_name text, email text, live boolean, private boolean, questions jsonb);
CREATE TEMP TABLE IF NOT EXISTS staged_body_areas (
    theirs bigint, act text, reason text, body_id bigint, area_id bigint);
CREATE TEMP TABLE IF NOT EXISTS staged_users (
    theirs bigint, seen uuid, ours bigint, act text, reason text,
    email text, name text, phone text, created_at timestamptz, body_id bigint, role text);
CREATE TEMP TABLE IF NOT EXISTS staged_reports (
    theirs bigint, seen uuid, ours bigint, act text, reason text, written_at timestamptz, placed boolean,
    lon double precision, lat double precision, title text, detail text,
    category_code text, category_name text, category_group text, status text, visibility text, fixed_by text,
    user_id bigint, public_name text, street text, area text, name text, email text, phone text, anonymous boolean,
    answers jsonb, questions jsonb, created_at timestamptz, confirmed_at timestamptz, updated_at timestamptz,
    sent_at timestamptz, private boolean, supporters integer, body_ids bigint[], category_ids bigint[]);
CREATE TEMP TABLE IF NOT EXISTS staged_report_areas (report_id bigint, area_id bigint, kind text, name text);
CREATE TEMP TABLE IF NOT EXISTS staged_duplicates (theirs bigint, act text, reason text, other bigint);
CREATE TEMP TABLE IF NOT EXISTS staged_numbers (theirs bigint, act text, reason text, number text);
CREATE TEMP TABLE IF NOT EXISTS staged_updates (
    theirs bigint, seen uuid, ours bigint, act text, reason text,
    problem_id bigint, report_id bigint, user_id bigint, body_id bigint, by_author boolean, public_name text, name text,
    email text, text text, status text, visibility text, created_at timestamptz);
CREATE TEMP TABLE IF NOT EXISTS staged_alerts (
    theirs bigint, seen uuid, ours bigint, act text, reason text,
    report bigint, user_id bigint, live boolean, created_at timestamptz, number uuid);
CREATE TEMP TABLE IF NOT EXISTS staged_photos (
    theirs bigint, seen uuid, ours bigint, act text, reason text,
    names text[], photo_ids text[], widths integer[], heights integer[], whole boolean);
