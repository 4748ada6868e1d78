-- Exports that the worker makes and keeps for a day, and the nightly snapshot of the open data. The files lie in EXPORT_STORE; one
-- that no row here knows is thrown away.
CREATE TABLE exports (
    id uuid PRIMARY KEY,
    -- Set where it holds what only the staff of this body may read, with the one who asked for it: nobody else gets it.
    body_id bigint REFERENCES bodies ON DELETE CASCADE,
    user_id bigint REFERENCES users ON DELETE CASCADE,
    format text NOT NULL CHECK (format IN ('csv', 'geojsonl', 'gpkg', 'fgb')),
    -- The filters, as parameters of an address in one fixed form.
    query text NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'making', 'ready')),
    row_count bigint NOT NULL DEFAULT 0,
    row_total bigint,
    bytes bigint,
    sha256 text,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    CHECK ((body_id IS NULL) = (user_id IS NULL)),
    CHECK ((state = 'ready') = (bytes IS NOT NULL AND sha256 IS NOT NULL))
);
CREATE INDEX exports_body_idx ON exports (body_id) WHERE body_id IS NOT NULL;
CREATE INDEX exports_user_idx ON exports (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX exports_expires_idx ON exports (expires_at);

-- A row is made when its making is asked for, so that each night has one.
CREATE TABLE snapshots (
    day date PRIMARY KEY,
    -- When it was complete; the newest complete one is served.
    made_at timestamptz,
    row_count bigint NOT NULL DEFAULT 0,
    -- Format, bytes and SHA-256 of each file.
    files jsonb NOT NULL DEFAULT '[]'
);
