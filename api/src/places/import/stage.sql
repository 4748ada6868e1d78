CREATE TEMP TABLE IF NOT EXISTS staged_places (
    kind text NOT NULL,
    name text NOT NULL,
    name_alt text,
    importance real NOT NULL,
    location geometry(Point, 4326) NOT NULL,
    extent geometry(Geometry, 4326),
    source_key text PRIMARY KEY
) ON COMMIT DROP;

CREATE TEMP TABLE IF NOT EXISTS staged_lines (
    class text NOT NULL,
    name text,
    name_alt text,
    importance real NOT NULL,
    geom geometry(LineString, 4326) NOT NULL,
    -- The street it is a piece of, by the key of its first piece.
    street text,
    source_key text PRIMARY KEY
) ON COMMIT DROP;

CREATE TEMP TABLE IF NOT EXISTS staged_postcodes (
    code text COLLATE "C" PRIMARY KEY,
    label text NOT NULL,
    location geometry(Point, 4326) NOT NULL
) ON COMMIT DROP;

CREATE TEMP TABLE IF NOT EXISTS staged_areas (
    number bigint PRIMARY KEY,
    code text NOT NULL,
    name text NOT NULL,
    name_alt text,
    outline text NOT NULL,
    geom geometry(MultiPolygon, 4326)
) ON COMMIT DROP;

-- Which areas a row of another table lies in.
CREATE TEMP TABLE IF NOT EXISTS found_areas (
    place tid NOT NULL,
    council text,
    ward text
) ON COMMIT DROP;

-- They are there already where two imports share one transaction.
TRUNCATE staged_places, staged_lines, staged_postcodes, staged_areas, found_areas;
