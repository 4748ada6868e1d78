//! The map's counts are what the reports say after any history.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use mendmap::map::queries;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::truth::assert_every_tile;
use crate::harness::TestDatabase;

/// Three bodies, and no reports.
pub const BODIES: &str = "INSERT INTO bodies (slug, name, email) VALUES ('a', 'A', 'a@a.example'), ('b', 'B', 'b@b.example'), ('c', 'C', 'c@c.example')";
const CATEGORIES: [(&str, &str); 3] = [("potholes", "Roads"), ("drains", "Roads"), ("lamps", "Lighting")];
const STATUSES: [&str; 5] = ["open", "in_progress", "fixed", "closed", "no_further_action"];
const VISIBILITIES: [&str; 4] = ["published", "hidden", "private", "unconfirmed"];

/// Something that happens to reports; numbers are taken around the end of what there is.
#[derive(Debug, Clone)]
pub enum Event {
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

impl Event {
    /// Where it puts reports.
    fn places(&self) -> Vec<(f64, f64)> {
        match self {
            Self::Report(places, ..) => places.clone(),
            Self::Move(_, lon, lat) | Self::UndoneReport(lon, lat) => vec![(*lon, *lat)],
            _ => Vec::new(),
        }
    }
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

pub fn insert(places: &[(f64, f64)], category: usize, visibility: usize, age: u8) -> String {
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

pub fn happen(conn: &mut PgConnection, event: &Event) {
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

pub fn count(conn: &mut PgConnection, query: &str) -> i64 {
    diesel::dsl::sql::<BigInt>(query).get_result(conn).expect("a number")
}

#[test]
fn after_any_history_every_tile_shows_what_the_reports_say_and_nothing_where_there_are_none() {
    let mut runner = TestRunner::new(Config { cases: 4, max_shrink_iters: 40, ..Config::default() });
    let history = prop::collection::vec(event(), 1..40);
    runner
        .run(&history, |events| {
            let database = TestDatabase::create();
            let mut conn = database.connect();
            conn.batch_execute(BODIES).expect("bodies");
            for event in &events {
                happen(&mut conn, event);
            }
            // Also where reports were and went, or never came to be.
            let once: Vec<_> = events.iter().flat_map(Event::places).collect();
            prop_assert_eq!(queries::check(&mut conn, false).expect("checks").cells, 0);
            assert_every_tile(&mut conn, &once)?;
            queries::fold(&mut conn).expect("folds");
            prop_assert_eq!(count(&mut conn, "SELECT count(*) FROM map_changes"), 0);
            prop_assert_eq!(queries::check(&mut conn, false).expect("checks").cells, 0);
            assert_every_tile(&mut conn, &once)
        })
        .expect("holds");
}
