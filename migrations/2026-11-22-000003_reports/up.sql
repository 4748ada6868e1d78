CREATE TABLE reports (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    location geometry(Point, 4326) NOT NULL,
    title text NOT NULL,
    detail text NOT NULL,
    -- As chosen, kept with the report: bodies rename and drop categories.
    category_code text NOT NULL,
    category_name text NOT NULL,
    category_group text NOT NULL,
    status text NOT NULL DEFAULT 'open' CHECK (status IN (
        'open', 'investigating', 'action_scheduled', 'in_progress', 'fixed', 'closed', 'no_further_action',
        'not_responsible', 'duplicate', 'internal_referral', 'cancelled')),
    status_group text NOT NULL GENERATED ALWAYS AS (CASE
        WHEN status IN ('open', 'investigating', 'action_scheduled', 'in_progress') THEN 'open'
        WHEN status = 'fixed' THEN 'fixed'
        ELSE 'closed' END) STORED,
    visibility text NOT NULL CHECK (visibility IN ('unconfirmed', 'published', 'private', 'hidden')),
    fixed_by text CHECK (fixed_by IN ('author', 'resident', 'body')),
    duplicate_of bigint REFERENCES reports ON DELETE SET NULL,
    author_id bigint REFERENCES users ON DELETE SET NULL,
    -- Set where the author lets their name be shown.
    public_name text,
    street text,
    area text,
    created_at timestamptz NOT NULL DEFAULT now(),
    -- When it was published or handed to its bodies.
    confirmed_at timestamptz,
    updated_at timestamptz NOT NULL DEFAULT now(),
    due_at timestamptz,
    -- What its category promised when it was made; visibility follows once the author is known.
    private boolean NOT NULL DEFAULT false,
    supporter_count integer NOT NULL DEFAULT 0,
    update_count integer NOT NULL DEFAULT 0,
    search tsvector NOT NULL GENERATED ALWAYS AS (
        setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('english', detail), 'B')
        || setweight(to_tsvector('english', coalesce(street, '')), 'C')) STORED,
    CHECK ((status = 'fixed') = (fixed_by IS NOT NULL)),
    CHECK (visibility <> 'unconfirmed' OR confirmed_at IS NULL)
);
CREATE INDEX reports_location_idx ON reports USING gist (location);
CREATE INDEX reports_search_idx ON reports USING gin (search);
CREATE INDEX reports_newest_idx ON reports (created_at DESC, id DESC) WHERE visibility = 'published';
CREATE INDEX reports_updated_idx ON reports (updated_at DESC, id DESC) WHERE visibility = 'published';
CREATE INDEX reports_supported_idx ON reports (supporter_count DESC, id DESC) WHERE visibility = 'published';
CREATE INDEX reports_status_idx ON reports (status_group, created_at DESC, id DESC) WHERE visibility = 'published';
CREATE INDEX reports_unconfirmed_idx ON reports (created_at) WHERE visibility = 'unconfirmed';
CREATE INDEX reports_author_idx ON reports (author_id, created_at DESC, id DESC);
CREATE INDEX reports_duplicate_idx ON reports (duplicate_of) WHERE duplicate_of IS NOT NULL;

-- Private to the author, the bodies and staff: a table of its own, so that no public query reads it by accident.
CREATE TABLE report_contacts (
    report_id bigint PRIMARY KEY REFERENCES reports ON DELETE CASCADE,
    name text,
    email text,
    phone text,
    anonymous boolean NOT NULL,
    answers jsonb NOT NULL DEFAULT '{}',
    -- The questions as they were asked, so that answers stay readable.
    questions jsonb NOT NULL DEFAULT '[]'
);

CREATE TABLE report_bodies (
    report_id bigint NOT NULL REFERENCES reports ON DELETE CASCADE,
    body_id bigint NOT NULL REFERENCES bodies ON DELETE CASCADE,
    category_id bigint REFERENCES categories ON DELETE SET NULL,
    PRIMARY KEY (report_id, body_id)
);
CREATE INDEX report_bodies_body_idx ON report_bodies (body_id, report_id DESC);
CREATE INDEX report_bodies_category_idx ON report_bodies (category_id);

CREATE TABLE report_areas (
    report_id bigint NOT NULL REFERENCES reports ON DELETE CASCADE,
    area_id bigint NOT NULL REFERENCES areas ON DELETE CASCADE,
    PRIMARY KEY (report_id, area_id)
);
CREATE INDEX report_areas_area_idx ON report_areas (area_id, report_id DESC);

-- Append-only: what everybody may read about a report, in order.
CREATE TABLE updates (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    report_id bigint NOT NULL REFERENCES reports ON DELETE CASCADE,
    author_id bigint REFERENCES users ON DELETE SET NULL,
    -- Set when it speaks in the body's name.
    body_id bigint REFERENCES bodies ON DELETE SET NULL,
    by_author boolean NOT NULL DEFAULT false,
    public_name text,
    text text,
    status text CHECK (status IN (
        'open', 'investigating', 'action_scheduled', 'in_progress', 'fixed', 'closed', 'no_further_action',
        'not_responsible', 'duplicate', 'internal_referral', 'cancelled')),
    duplicate_of bigint REFERENCES reports ON DELETE SET NULL,
    visibility text NOT NULL CHECK (visibility IN ('unconfirmed', 'published', 'hidden')),
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK (text IS NOT NULL OR status IS NOT NULL)
);
CREATE INDEX updates_report_idx ON updates (report_id, created_at, id);
CREATE INDEX updates_unconfirmed_idx ON updates (created_at) WHERE visibility = 'unconfirmed';
CREATE INDEX updates_author_idx ON updates (author_id);
CREATE INDEX updates_body_idx ON updates (body_id);
CREATE INDEX updates_duplicate_idx ON updates (duplicate_of) WHERE duplicate_of IS NOT NULL;

-- Who wrote an update, for the bodies: a table of its own, like report_contacts.
CREATE TABLE update_contacts (
    update_id bigint PRIMARY KEY REFERENCES updates ON DELETE CASCADE,
    name text,
    email text NOT NULL
);

-- Private notes between the staff of one body: never in the same table as what is public.
CREATE TABLE notes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    report_id bigint NOT NULL REFERENCES reports ON DELETE CASCADE,
    body_id bigint NOT NULL REFERENCES bodies ON DELETE CASCADE,
    author_id bigint REFERENCES users ON DELETE SET NULL,
    text text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX notes_report_idx ON notes (report_id, id);
CREATE INDEX notes_body_idx ON notes (body_id);
CREATE INDEX notes_author_idx ON notes (author_id);

CREATE TABLE desk_reads (
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    report_id bigint NOT NULL REFERENCES reports ON DELETE CASCADE,
    read_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, report_id)
);
CREATE INDEX desk_reads_report_idx ON desk_reads (report_id);

-- The name is the SHA-256 of the largest size.
CREATE TABLE photos (
    id text PRIMARY KEY CHECK (id ~ '^[0-9a-f]{64}$'),
    width integer NOT NULL,
    height integer NOT NULL,
    -- When it was last uploaded.
    created_at timestamptz NOT NULL DEFAULT now(),
    -- A report or an update names it, or did.
    used boolean NOT NULL DEFAULT false
);
CREATE INDEX photos_unused_idx ON photos (created_at) WHERE NOT used;

CREATE TABLE report_photos (
    report_id bigint NOT NULL REFERENCES reports ON DELETE CASCADE,
    position smallint NOT NULL,
    photo_id text NOT NULL REFERENCES photos ON DELETE RESTRICT,
    PRIMARY KEY (report_id, position)
);
CREATE INDEX report_photos_photo_idx ON report_photos (photo_id);

CREATE TABLE update_photos (
    update_id bigint NOT NULL REFERENCES updates ON DELETE CASCADE,
    position smallint NOT NULL,
    photo_id text NOT NULL REFERENCES photos ON DELETE RESTRICT,
    PRIMARY KEY (update_id, position)
);
CREATE INDEX update_photos_photo_idx ON update_photos (photo_id);

-- 'user:<id>' or 'device:<hash>': one person, one device, counts once.
CREATE TABLE supporters (
    report_id bigint NOT NULL REFERENCES reports ON DELETE CASCADE,
    supporter text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (report_id, supporter)
);

-- A subscription to one report's public changes. Its number follows from person and report, so that the link in every mail
-- ever sent about it ends it.
CREATE TABLE alerts (
    id uuid PRIMARY KEY,
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    report_id bigint NOT NULL REFERENCES reports ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (user_id, report_id)
);
CREATE INDEX alerts_report_idx ON alerts (report_id);

CREATE TABLE idempotency_keys (
    -- Operation and caller: a key means something only there.
    scope text NOT NULL,
    key text NOT NULL,
    request_hash bytea NOT NULL,
    status smallint NOT NULL,
    response jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (scope, key)
);
CREATE INDEX idempotency_keys_created_idx ON idempotency_keys (created_at);
