CREATE EXTENSION IF NOT EXISTS postgis SCHEMA public;
CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public;
CREATE EXTENSION IF NOT EXISTS unaccent SCHEMA public;

-- Lower case, no accents or apostrophes, single spaces. IMMUTABLE so that it can stand in an index; it is, as long as
-- nobody edits the unaccent dictionary.
CREATE FUNCTION plain_form(text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN btrim(regexp_replace(
        translate(replace(lower(public.unaccent('public.unaccent'::regdictionary, $1)), '&', ' and '), '''’‘`', ''),
        '[^a-z0-9]+', ' ', 'g'));

-- What a search compares: the plain form with the words of an address shortened, so that "Commercial Street",
-- "Commercial St." and "commercial st" are one. Saint and street are both "st", as they are on street signs.
CREATE FUNCTION search_form(text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (SELECT coalesce(string_agg(coalesce('{
            "street": "st", "str": "st", "saint": "st", "road": "rd", "avenue": "ave", "av": "ave", "close": "cl",
            "crescent": "cres", "court": "ct", "drive": "dr", "gardens": "gdns", "grove": "gr", "lane": "ln",
            "mount": "mt", "place": "pl", "square": "sq", "terrace": "ter", "terr": "ter",
            "ffordd": "ffd", "stryd": "st"
        }'::jsonb ->> word, word), ' ' ORDER BY n), '')
        FROM unnest(string_to_array(plain_form($1), ' ')) WITH ORDINALITY AS words (word, n));

-- What the database knows about itself: what it was filled with, where its map begins, whom its places credit.
CREATE TABLE settings (
    key text PRIMARY KEY,
    value jsonb NOT NULL
);

CREATE TABLE areas (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('council', 'ward')),
    code text NOT NULL,
    name text NOT NULL,
    name_alt text,
    geom geometry(MultiPolygon, 4326) NOT NULL,
    UNIQUE (kind, code)
);
CREATE INDEX areas_geom_idx ON areas USING gist (geom);

CREATE TABLE bodies (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    name text NOT NULL,
    email text NOT NULL,
    residents_may_fix boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE body_areas (
    body_id bigint NOT NULL REFERENCES bodies ON DELETE CASCADE,
    area_id bigint NOT NULL REFERENCES areas ON DELETE CASCADE,
    PRIMARY KEY (body_id, area_id)
);
CREATE INDEX body_areas_area_idx ON body_areas (area_id);

CREATE TABLE categories (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    body_id bigint NOT NULL REFERENCES bodies ON DELETE CASCADE,
    code text NOT NULL CHECK (code ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    name text NOT NULL,
    group_name text NOT NULL,
    hint text,
    -- Where reports of this category go instead of the body's own address.
    email text,
    target_hours integer CHECK (target_hours > 0),
    -- Where several bodies own a category at one point, it goes to the preferred one alone.
    preferred boolean NOT NULL DEFAULT false,
    live boolean NOT NULL DEFAULT true,
    private boolean NOT NULL DEFAULT false,
    blocking_message text,
    questions jsonb NOT NULL DEFAULT '[]',
    position integer NOT NULL DEFAULT 0,
    UNIQUE (body_id, code)
);

CREATE TABLE places (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('street', 'locality', 'address', 'point_of_interest')),
    name text NOT NULL,
    name_alt text,
    form text NOT NULL GENERATED ALWAYS AS (search_form(name)) STORED,
    form_alt text GENERATED ALWAYS AS (search_form(name_alt)) STORED,
    -- "Ward, Council", for telling two of one name apart.
    area text,
    -- Larger places first among equal matches: 0 to 1.
    importance real NOT NULL DEFAULT 0,
    -- A point on it.
    location geometry(Point, 4326) NOT NULL,
    -- All of it, roughly, where it is more than a point.
    extent geometry(Geometry, 4326),
    source text NOT NULL,
    source_key text NOT NULL,
    -- Another source has the same place; that row is the one to show.
    shadowed boolean NOT NULL DEFAULT false,
    UNIQUE (source, source_key)
);
-- Numbered addresses are many and named like their streets: apart, they cost searches for anything else nothing.
CREATE INDEX places_form_idx ON places USING gin (form gin_trgm_ops, form_alt gin_trgm_ops)
    WHERE NOT shadowed AND kind <> 'address';
CREATE INDEX places_address_idx ON places USING gin (form gin_trgm_ops) WHERE NOT shadowed AND kind = 'address';
CREATE INDEX places_same_idx ON places (form, kind);
CREATE INDEX places_location_idx ON places USING gist (location);
CREATE INDEX places_extent_idx ON places USING gist (extent);

CREATE TABLE postcodes (
    -- Without the space, upper case. Collation "C" so that the key also answers "all that begin with".
    code text COLLATE "C" PRIMARY KEY CHECK (code ~ '^[A-Z0-9]{2,10}$'),
    label text NOT NULL,
    area text,
    location geometry(Point, 4326) NOT NULL
);
CREATE INDEX postcodes_location_idx ON postcodes USING gist (location);

-- What the map draws where no base map is configured, and what "nearest street" is measured to.
CREATE TABLE street_lines (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    class text NOT NULL CHECK (class IN ('trunk', 'main', 'minor', 'path', 'water', 'rail')),
    name text,
    name_alt text,
    geom geometry(LineString, 4326) NOT NULL,
    source text NOT NULL,
    source_key text NOT NULL,
    UNIQUE (source, source_key)
);
CREATE INDEX street_lines_geom_idx ON street_lines USING gist (geom);
CREATE INDEX street_lines_named_geom_idx ON street_lines USING gist (geom) WHERE name IS NOT NULL AND class IN ('trunk', 'main', 'minor', 'path');
