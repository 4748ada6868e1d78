-- The map's counts by cell. A change of a report writes what it changes about the counts into map_changes, in its own
-- transaction: rows are only ever added there, so writers never wait for each other. A worker folds them into the counts;
-- whoever reads adds what is not folded yet. Both are one statement, so the sum is always the truth.

-- The cell of the finest level (20) a point lies in: the map's tile of zoom 20, its column and row interleaved bit by bit
-- (Morton order, the row's bits higher), so that any tile of any zoom is one stretch of numbers. Points beyond the map's
-- north or south end count to its edge.
CREATE FUNCTION map_cell(point public.geometry) RETURNS bigint
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    lat double precision := radians(least(greatest(public.ST_Y(point), -85.0511287798066), 85.0511287798066));
    x bigint := least(greatest(floor((public.ST_X(point) / 360 + 0.5) * 1048576), 0), 1048575);
    y bigint := least(greatest(floor((1 - ln(tan(lat) + 1 / cos(lat)) / pi()) / 2 * 1048576), 0), 1048575);
BEGIN
    -- Each step parts the bits by half as much; the masks are 0x0000FFFF0000FFFF down to 0x5555555555555555.
    x := (x | (x << 16)) & 281470681808895;
    y := (y | (y << 16)) & 281470681808895;
    x := (x | (x << 8)) & 71777214294589695;
    y := (y | (y << 8)) & 71777214294589695;
    x := (x | (x << 4)) & 1085102592571150095;
    y := (y | (y << 4)) & 1085102592571150095;
    x := (x | (x << 2)) & 3689348814741910323;
    y := (y | (y << 2)) & 3689348814741910323;
    x := (x | (x << 1)) & 6148914691236517205;
    y := (y | (y << 1)) & 6148914691236517205;
    RETURN x | (y << 1);
END $$;

-- Months since the year 0, in UTC.
CREATE FUNCTION map_month(at timestamptz) RETURNS integer
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (extract(year FROM at AT TIME ZONE 'UTC') * 12 + extract(month FROM at AT TIME ZONE 'UTC') - 1)::integer;

-- Ten-millionths of a degree: whole numbers can be added and taken away again without a rest.
CREATE FUNCTION map_units(degrees double precision) RETURNS bigint
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN round(degrees * 10000000)::bigint;

-- The bodies of report_bodies again, in order, so that what the map asks about a report stands in one row.
ALTER TABLE reports ADD COLUMN body_ids bigint[] NOT NULL DEFAULT '{}';
UPDATE reports SET body_ids = found.ids
FROM (SELECT report_id, array_agg(body_id ORDER BY body_id) AS ids FROM report_bodies GROUP BY report_id) AS found
WHERE reports.id = found.report_id;

CREATE FUNCTION keep_report_body_ids() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- First: two that add bodies to one report at once must see each other's.
    PERFORM FROM reports WHERE id IN (SELECT report_id FROM changed_rows) ORDER BY id FOR NO KEY UPDATE;
    UPDATE reports SET body_ids = found.ids
    FROM (SELECT DISTINCT c.report_id,
                 ARRAY(SELECT b.body_id FROM report_bodies b WHERE b.report_id = c.report_id ORDER BY b.body_id) AS ids
          FROM changed_rows c) AS found
    WHERE reports.id = found.report_id AND reports.body_ids <> found.ids;
    RETURN NULL;
END $$;
CREATE TRIGGER report_bodies_added AFTER INSERT ON report_bodies REFERENCING NEW TABLE AS changed_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_report_body_ids();
CREATE TRIGGER report_bodies_changed AFTER UPDATE ON report_bodies REFERENCING NEW TABLE AS changed_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_report_body_ids();
CREATE TRIGGER report_bodies_taken AFTER DELETE ON report_bodies REFERENCING OLD TABLE AS changed_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_report_body_ids();

-- Published reports by cell and status group, for levels 3 to 18: 8 by 8 cells in a tile of zoom 0 to 15. `cell` is that of
-- map_cell without its last 2 * (20 - level) bits. `sum_id` is the report's own number where there is only one.
CREATE TABLE map_counts (
    level smallint NOT NULL,
    cell bigint NOT NULL,
    status_group text NOT NULL,
    count bigint NOT NULL,
    sum_lon bigint NOT NULL,
    sum_lat bigint NOT NULL,
    sum_id bigint NOT NULL,
    PRIMARY KEY (level, cell, status_group)
) WITH (fillfactor = 80);

-- What reports are told apart by, besides place, status and month. Number 0 stands for all of them together.
CREATE TABLE map_kinds (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    category_code text NOT NULL,
    category_group text NOT NULL,
    body_ids bigint[] NOT NULL,
    UNIQUE (category_code, category_group, body_ids)
);
INSERT INTO map_kinds (id, category_code, category_group, body_ids) OVERRIDING SYSTEM VALUE VALUES (0, '', '', '{}');

-- The same by kind (month 0), by month of creation (kind 0), and by both, for every other level (4, 6 .. 18). The key is in
-- the order in which a map asks: of some kinds, the cells of a tile.
CREATE TABLE map_kind_counts (
    level smallint NOT NULL,
    kind_id integer NOT NULL REFERENCES map_kinds ON DELETE RESTRICT,
    by_month boolean NOT NULL,
    cell bigint NOT NULL,
    month integer NOT NULL,
    status_group text NOT NULL,
    count bigint NOT NULL,
    sum_lon bigint NOT NULL,
    sum_lat bigint NOT NULL,
    sum_id bigint NOT NULL,
    PRIMARY KEY (level, kind_id, by_month, cell, month, status_group),
    CHECK (by_month = (month <> 0) AND (by_month OR kind_id <> 0))
) WITH (fillfactor = 80);
CREATE INDEX map_kind_counts_kind_idx ON map_kind_counts (kind_id);

-- What changed and is not folded into the counts yet; `cell` is that of map_cell.
CREATE TABLE map_changes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    cell bigint NOT NULL,
    category_code text NOT NULL,
    category_group text NOT NULL,
    body_ids bigint[] NOT NULL,
    month integer NOT NULL,
    status_group text NOT NULL,
    count bigint NOT NULL,
    sum_lon bigint NOT NULL,
    sum_lat bigint NOT NULL,
    sum_id bigint NOT NULL
    -- Emptied every second or so: what is dead must not pile up between rare big cleanings.
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_analyze_scale_factor = 0,
        autovacuum_analyze_threshold = 5000);
CREATE INDEX map_changes_cell_idx ON map_changes (cell);

-- What listeners of the live map are told: a report came into sight, changed there, or went. Kept for those who come back
-- after a while.
CREATE TABLE map_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    report_id bigint NOT NULL,
    -- As map_cell says.
    cell bigint NOT NULL,
    -- Where it was before, if elsewhere.
    was bigint
);
CREATE INDEX map_events_at_idx ON map_events (at);

CREATE FUNCTION note_map_changes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    -- Who reads more than a thousand at once looks at everything anew, and needs no more of them.
    most CONSTANT bigint := 1001;
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO map_changes (cell, category_code, category_group, body_ids, month, status_group,
                                 count, sum_lon, sum_lat, sum_id)
        SELECT map_cell(location), category_code, category_group, body_ids, map_month(created_at), status_group,
               count(*), sum(map_units(public.ST_X(location))), sum(map_units(public.ST_Y(location))), sum(id)
        FROM new_rows WHERE visibility = 'published'
        GROUP BY 1, 2, 3, 4, 5, 6;
        IF NOT FOUND THEN
            RETURN NULL;
        END IF;
        INSERT INTO map_events (report_id, cell)
        SELECT id, map_cell(location) FROM new_rows WHERE visibility = 'published' LIMIT most;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO map_changes (cell, category_code, category_group, body_ids, month, status_group,
                                 count, sum_lon, sum_lat, sum_id)
        SELECT map_cell(location), category_code, category_group, body_ids, map_month(created_at), status_group,
               -count(*), -sum(map_units(public.ST_X(location))), -sum(map_units(public.ST_Y(location))), -sum(id)
        FROM old_rows WHERE visibility = 'published'
        GROUP BY 1, 2, 3, 4, 5, 6;
        IF NOT FOUND THEN
            RETURN NULL;
        END IF;
        INSERT INTO map_events (report_id, cell)
        SELECT id, map_cell(location) FROM old_rows WHERE visibility = 'published' LIMIT most;
    ELSE
        INSERT INTO map_events (report_id, cell, was)
        SELECT n.id, map_cell(n.location), nullif(map_cell(o.location), map_cell(n.location))
        FROM old_rows o JOIN new_rows n ON n.id = o.id
        WHERE (o.visibility = 'published' OR n.visibility = 'published')
          AND (o.visibility, o.status, o.location, o.title, o.category_code, o.category_name, o.category_group,
               o.body_ids, o.created_at)
              IS DISTINCT FROM
              (n.visibility, n.status, n.location, n.title, n.category_code, n.category_name, n.category_group,
               n.body_ids, n.created_at)
        LIMIT most;
        -- What nobody is told changes no count either.
        IF NOT FOUND THEN
            RETURN NULL;
        END IF;
        INSERT INTO map_changes (cell, category_code, category_group, body_ids, month, status_group,
                                 count, sum_lon, sum_lat, sum_id)
        SELECT map_cell(location), category_code, category_group, body_ids, map_month(created_at), status_group, sum(sign),
               sum(sign * map_units(public.ST_X(location))), sum(sign * map_units(public.ST_Y(location))), sum(sign * id)
        FROM (
            SELECT -1 AS sign, id, location, category_code, category_group, body_ids, created_at, status_group
            FROM old_rows WHERE visibility = 'published'
            UNION ALL
            SELECT 1, id, location, category_code, category_group, body_ids, created_at, status_group
            FROM new_rows WHERE visibility = 'published'
        ) AS signed
        GROUP BY 1, 2, 3, 4, 5, 6
        HAVING (sum(sign), sum(sign * map_units(public.ST_X(location))), sum(sign * map_units(public.ST_Y(location))),
                sum(sign * id)) <> (0, 0, 0, 0);
    END IF;
    PERFORM pg_notify('map', '');
    RETURN NULL;
END $$;
CREATE TRIGGER reports_added AFTER INSERT ON reports REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_map_changes();
CREATE TRIGGER reports_changed AFTER UPDATE ON reports REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_map_changes();
CREATE TRIGGER reports_taken AFTER DELETE ON reports REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_map_changes();

-- The reports there are already: a worker folds them in.
INSERT INTO map_changes (cell, category_code, category_group, body_ids, month, status_group, count, sum_lon, sum_lat, sum_id)
SELECT map_cell(location), category_code, category_group, body_ids, map_month(created_at), status_group,
       count(*), sum(map_units(public.ST_X(location))), sum(map_units(public.ST_Y(location))), sum(id)
FROM reports WHERE visibility = 'published'
GROUP BY 1, 2, 3, 4, 5, 6;
