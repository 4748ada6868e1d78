//! The map's counts are what the reports say: after any history, with any number of writers.

use std::collections::BTreeSet;

use chrono::Utc;
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use mendmap::map::queries::{self, Drift};
use mendmap_shared::geo::{LonLat, TileXyz};
use mendmap_shared::limits::{MAP_ALL_PINS_ZOOM, MAP_TILE_PINS};
use mendmap_shared::map_filter::MapFilter;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::harness::TestDatabase;

/// Three bodies, and no reports.
const BODIES: &str = "INSERT INTO bodies (slug, name, email) VALUES ('a', 'A', 'a@a.example'), ('b', 'B', 'b@b.example'), ('c', 'C', 'c@c.example')";
const CATEGORIES: [(&str, &str); 3] = [("potholes", "Roads"), ("drains", "Roads"), ("lamps", "Lighting")];
const STATUSES: [&str; 5] = ["open", "in_progress", "fixed", "closed", "no_further_action"];
const VISIBILITIES: [&str; 4] = ["published", "hidden", "private", "unconfirmed"];

/// Something that happens to reports; numbers are taken around the end of what there is.
#[derive(Debug, Clone)]
enum Event {
    /// Several at once, at these places: most lie close together, some anywhere.
    Report(Vec<(f64, f64)>, usize, usize, u8),
    Move(usize, f64, f64),
    Status(usize, usize),
    Visibility(usize, usize),
    Category(usize, usize),
    AddBody(usize, usize),
    TakeBody(usize, usize),
    Title(usize),
    Delete(usize),
    Many(usize),
    Fold,
    UndoneReport(f64, f64),
}

fn place() -> impl Strategy<Value = (f64, f64)> {
    prop_oneof![
        6 => (-3.0_f64..-2.99, 51.58_f64..51.59),
        2 => (-3.2_f64..-2.8, 51.4_f64..51.7),
        1 => (-180.0_f64..=180.0, -90.0_f64..=90.0),
        1 => Just((-2.9977, 51.5842)),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    let n = || 0_usize..1000;
    prop_oneof![
        5 => (prop::collection::vec(place(), 1..40), n(), n(), 0_u8..30).prop_map(|(at, c, v, age)| Event::Report(at, c, v, age)),
        2 => (n(), place()).prop_map(|(r, (lon, lat))| Event::Move(r, lon, lat)),
        3 => (n(), n()).prop_map(|(r, s)| Event::Status(r, s)),
        3 => (n(), n()).prop_map(|(r, v)| Event::Visibility(r, v)),
        1 => (n(), n()).prop_map(|(r, c)| Event::Category(r, c)),
        3 => (n(), n()).prop_map(|(r, b)| Event::AddBody(r, b)),
        1 => (n(), n()).prop_map(|(r, b)| Event::TakeBody(r, b)),
        1 => n().prop_map(Event::Title),
        1 => n().prop_map(Event::Delete),
        1 => n().prop_map(Event::Many),
        2 => Just(Event::Fold),
        1 => place().prop_map(|(lon, lat)| Event::UndoneReport(lon, lat)),
    ]
}

fn insert(places: &[(f64, f64)], category: usize, visibility: usize, age: u8) -> String {
    let (code, group) = CATEGORIES[category % 3];
    // Most are published.
    let visibility = if visibility.is_multiple_of(3) { VISIBILITIES[visibility % 4] } else { "published" };
    let rows: Vec<_> = places
        .iter()
        .map(|(lon, lat)| {
            format!(
                "(ST_SetSRID(ST_MakePoint({lon}, {lat}), 4326), 't', 'd', '{code}', '{code}', '{group}', '{visibility}', now() - interval '{age} months')"
            )
        })
        .collect();
    format!(
        "INSERT INTO reports (location, title, detail, category_code, category_name, category_group, visibility, created_at) VALUES {}",
        rows.join(", ")
    )
}

fn happen(conn: &mut PgConnection, event: &Event) {
    let one = |n: &usize| {
        format!("(SELECT id FROM reports ORDER BY id OFFSET {n} % greatest((SELECT count(*) FROM reports), 1) LIMIT 1)")
    };
    let body = |n: &usize| ["a", "b", "c"][n % 3];
    let statement = match event {
        Event::Report(places, category, visibility, age) => insert(places, *category, *visibility, *age),
        Event::Move(r, lon, lat) => {
            format!("UPDATE reports SET location = ST_SetSRID(ST_MakePoint({lon}, {lat}), 4326) WHERE id = {}", one(r))
        }
        Event::Status(r, s) => {
            let status = STATUSES[s % 5];
            let by = if status == "fixed" { "'body'" } else { "NULL" };
            format!("UPDATE reports SET status = '{status}', fixed_by = {by} WHERE id = {}", one(r))
        }
        Event::Visibility(r, v) => {
            format!(
                "UPDATE reports SET visibility = '{}', confirmed_at = NULL WHERE id = {}",
                VISIBILITIES[v % 4],
                one(r)
            )
        }
        Event::Category(r, c) => {
            let (code, group) = CATEGORIES[c % 3];
            format!("UPDATE reports SET category_code = '{code}', category_group = '{group}' WHERE id = {}", one(r))
        }
        Event::AddBody(r, b) => format!(
            "INSERT INTO report_bodies (report_id, body_id) SELECT r.id, b.id FROM reports r, bodies b WHERE r.id = {} AND b.slug = '{}' ON CONFLICT DO NOTHING",
            one(r),
            body(b)
        ),
        Event::TakeBody(r, b) => format!(
            "DELETE FROM report_bodies WHERE report_id = {} AND body_id = (SELECT id FROM bodies WHERE slug = '{}')",
            one(r),
            body(b)
        ),
        Event::Title(r) => format!("UPDATE reports SET title = title || '.' WHERE id = {}", one(r)),
        Event::Delete(r) => format!("DELETE FROM reports WHERE id = {}", one(r)),
        Event::Many(n) => format!(
            "UPDATE reports SET status = 'closed', fixed_by = NULL, visibility = 'published' WHERE id % 5 = {} % 5",
            n
        ),
        Event::Fold => {
            queries::fold(conn).expect("folds");
            return;
        }
        Event::UndoneReport(lon, lat) => {
            format!("BEGIN; {}; ROLLBACK", insert(&[(*lon, *lat)], 0, 1, 0))
        }
    };
    conn.batch_execute(&statement).expect("it happens");
}

fn count(conn: &mut PgConnection, query: &str) -> i64 {
    diesel::dsl::sql::<BigInt>(query).get_result(conn).expect("a number")
}

/// The tiles of a zoom that could show anything.
fn tiles(conn: &mut PgConnection, zoom: u8) -> BTreeSet<(u32, u32)> {
    let places: Vec<(f64, f64)> = diesel::sql_query("SELECT ST_X(location) AS lon, ST_Y(location) AS lat FROM reports")
        .load::<Place>(conn)
        .expect("places")
        .into_iter()
        .map(|place| (place.lon, place.lat))
        .collect();
    let tile = |(lon, lat)| TileXyz::containing(LonLat::new(lon, lat).expect("a place"), zoom).expect("a tile");
    places.into_iter().map(tile).map(|tile| (tile.x(), tile.y())).collect()
}

#[derive(QueryableByName)]
struct Place {
    #[diesel(sql_type = diesel::sql_types::Double)]
    lon: f64,
    #[diesel(sql_type = diesel::sql_types::Double)]
    lat: f64,
}

/// At every zoom, what all tiles show adds up to the reports that match.
fn assert_every_zoom_adds_up(conn: &mut PgConnection) -> Result<(), TestCaseError> {
    let first = Utc::now();
    for (pairs, condition) in [
        (vec![], "true"),
        (vec![("status", "open,closed")], "status_group IN ('open', 'closed')"),
        (vec![("category", "Roads")], "category_group = 'Roads'"),
        (
            vec![("body", "b")],
            "id IN (SELECT report_id FROM report_bodies JOIN bodies ON bodies.id = body_id WHERE slug = 'b')",
        ),
        (
            vec![("status", "fixed"), ("category", "potholes"), ("body", "a"), ("age", "6")],
            "status_group = 'fixed' AND category_code = 'potholes'
             AND id IN (SELECT report_id FROM report_bodies JOIN bodies ON bodies.id = body_id WHERE slug = 'a')
             AND created_at >= date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' - interval '6 months'",
        ),
        (vec![("body", "nobody")], "false"),
    ] {
        let matching =
            count(conn, &format!("SELECT count(*) FROM reports WHERE visibility = 'published' AND ({condition})"));
        let filter = MapFilter::read(pairs).expect("a filter");
        for zoom in 0..=20 {
            let mut shown = 0;
            for (x, y) in tiles(conn, zoom) {
                let at = TileXyz::new(zoom, x, y).expect("a tile");
                let tile = queries::tile(conn, at, &filter, filter.first_month(first)).expect("a tile");
                let clusters: i64 = tile.clusters.iter().map(|cluster| cluster.total()).sum();
                let pins = i64::try_from(tile.pins.len()).expect("few");
                shown += clusters + pins;
                if zoom >= MAP_ALL_PINS_ZOOM || (zoom >= 14 && clusters + pins <= MAP_TILE_PINS) {
                    prop_assert_eq!(clusters, 0, "pins fit into {}/{}/{}", zoom, x, y);
                }
                let [west, south, east, north] = at.bbox().edges();
                for cluster in &tile.clusters {
                    prop_assert!(cluster.total() > 1, "one report is a pin");
                    let (lon, lat) = (cluster.location.lon(), cluster.location.lat());
                    let slack = 1e-6;
                    prop_assert!(lon >= west - slack && lon <= east + slack);
                    // What lies beyond the map counts to its edge.
                    prop_assert!(lat.abs() > 85.0 || (lat >= south - slack && lat <= north + slack));
                }
            }
            prop_assert_eq!(shown, matching, "zoom {} of {}", zoom, &filter);
        }
    }
    Ok(())
}

#[test]
fn after_any_history_every_zoom_adds_up_and_the_counts_are_what_the_reports_say() {
    let mut runner = TestRunner::new(Config { cases: 8, max_shrink_iters: 40, ..Config::default() });
    let history = prop::collection::vec(event(), 1..40);
    runner
        .run(&history, |events| {
            let database = TestDatabase::create();
            let mut conn = database.connect();
            conn.batch_execute(BODIES).expect("bodies");
            for event in &events {
                happen(&mut conn, event);
            }
            prop_assert_eq!(queries::check(&mut conn, false).expect("checks").cells, 0);
            assert_every_zoom_adds_up(&mut conn)?;
            queries::fold(&mut conn).expect("folds");
            prop_assert_eq!(count(&mut conn, "SELECT count(*) FROM map_changes"), 0);
            prop_assert_eq!(queries::check(&mut conn, false).expect("checks").cells, 0);
            assert_every_zoom_adds_up(&mut conn)
        })
        .expect("holds");
}

#[test]
fn writers_and_folders_at_once_lose_and_invent_nothing_and_nobody_waits_for_another() {
    let database = TestDatabase::create();
    let mut conn = database.connect();
    conn.batch_execute(BODIES).expect("bodies");
    conn.batch_execute(&insert(&[(-2.9977, 51.5842); 8], 0, 1, 0)).expect("reports");
    std::thread::scope(|scope| {
        for writer in 0..6_usize {
            let mut conn = database.connect();
            scope.spawn(move || {
                // All of them in the same few cells; the same reports are changed by all.
                for n in 0..40_usize {
                    happen(&mut conn, &Event::Report(vec![(-2.9977, 51.5842); 3], n, 1, 0));
                    happen(&mut conn, &Event::AddBody(n % 8, writer));
                    happen(&mut conn, &Event::Status(n % 8, writer + n));
                    happen(&mut conn, &Event::Visibility(n % 8, n));
                    happen(&mut conn, &Event::TakeBody(n % 8, writer + n));
                    happen(&mut conn, &Event::Move(n % 8, -2.9 - 0.001 * n as f64, 51.58));
                }
            });
        }
        for _ in 0..2 {
            let mut conn = database.connect();
            scope.spawn(move || {
                for _ in 0..60 {
                    queries::fold(&mut conn).expect("folds");
                }
            });
        }
        let mut conn = database.connect();
        scope.spawn(move || {
            for _ in 0..10 {
                assert_eq!(queries::check(&mut conn, false).expect("checks").cells, 0);
            }
        });
    });
    assert_eq!(queries::check(&mut conn, false).expect("checks").cells, 0);
    queries::fold(&mut conn).expect("folds");
    let total = count(&mut conn, "SELECT sum(count)::bigint FROM map_counts WHERE level = 3");
    assert_eq!(total, count(&mut conn, "SELECT count(*) FROM reports WHERE visibility = 'published'"));
    assert_every_zoom_adds_up(&mut conn).expect("adds up");
}

#[test]
fn drift_is_found_told_and_put_right_while_others_write() {
    let database = TestDatabase::create();
    let mut conn = database.connect();
    conn.batch_execute(BODIES).expect("bodies");
    conn.batch_execute(&insert(&[(-2.9977, 51.5842), (-2.99, 51.58), (1.0, 2.0)], 0, 1, 0)).expect("reports");
    queries::fold(&mut conn).expect("folds");
    assert_eq!(queries::check(&mut conn, false).expect("checks"), Drift { reports: 3, cells: 0 });
    conn.batch_execute(
        "UPDATE map_counts SET count = count + 1 WHERE level = 7; DELETE FROM map_kind_counts WHERE level = 10;
         ALTER TABLE reports DISABLE TRIGGER USER",
    )
    .expect("sabotage");
    conn.batch_execute(&insert(&[(5.0, 5.0)], 1, 1, 0)).expect("a report nobody counted");
    conn.batch_execute("ALTER TABLE reports ENABLE TRIGGER USER").expect("again");
    let found = queries::check(&mut conn, false).expect("checks");
    assert!(found.cells > 10 && found.reports == 4, "{found:?}");
    // Somebody writes, and does not commit before the counts were put right.
    let mut other = database.connect();
    other.batch_execute("BEGIN").expect("begins");
    other.batch_execute(&insert(&[(-2.9977, 51.5842)], 2, 1, 0)).expect("a report");
    assert_eq!(queries::check(&mut conn, true).expect("mends").cells, found.cells);
    assert_eq!(queries::check(&mut conn, false).expect("checks").cells, 0);
    other.batch_execute("COMMIT").expect("commits");
    queries::fold(&mut conn).expect("folds");
    assert_eq!(queries::check(&mut conn, false).expect("checks"), Drift { reports: 5, cells: 0 });
    assert_every_zoom_adds_up(&mut conn).expect("adds up");
}

#[test]
fn the_check_of_a_night_is_done_once() {
    let database = TestDatabase::create();
    let mut conn = database.connect();
    let day = Utc::now().date_naive();
    assert!(queries::claim_check(&mut conn, day).expect("an answer"));
    assert!(!queries::claim_check(&mut conn, day).expect("an answer"));
    assert!(queries::claim_check(&mut conn, day.succ_opt().expect("a day")).expect("an answer"));
}
