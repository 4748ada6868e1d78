//! Tiles asked for at once are made together, and each is what it is alone.

use std::time::Duration;

use actix_web::rt;
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use futures_util::future::join_all;
use mendmap::cache::Kind;
use mendmap::db::Db;
use mendmap::map::batches::Batches;
use mendmap::map::queries::{self, Asked};
use mendmap::map::vector;
use mendmap_shared::geo::{LonLat, TileXyz};
use mendmap_shared::map_filter::MapFilter;

use super::counts::{BODIES, insert};
use super::truth::FILTERS;
use crate::harness::TestDatabase;

const HERE: (f64, f64) = (-2.9977, 51.5842);
const POOL: u32 = 8;

/// Tiles of all zooms around one place, with every filter, of both kinds.
fn asked() -> Vec<(Asked, Kind)> {
    let here = LonLat::new(HERE.0, HERE.1).expect("a place");
    let mut asked = Vec::new();
    for (filter, _) in FILTERS {
        let filter = MapFilter::read(filter.iter().copied()).expect("a filter");
        let first_month = filter.first_month(chrono::Utc::now());
        for zoom in (0..=20).step_by(4) {
            let tile = TileXyz::containing(here, zoom).expect("a tile");
            for kind in [Kind::Json, Kind::VectorTile] {
                asked.push((Asked { tile, filter: filter.clone(), first_month }, kind));
            }
        }
    }
    asked
}

fn alone(conn: &mut PgConnection, asked: Asked, kind: Kind) -> Vec<u8> {
    let tile = asked.tile;
    let shown = queries::tile(conn, asked).expect("a tile");
    match kind {
        Kind::VectorTile => vector::encode(tile, &shown).expect("encodes"),
        _ if shown.pins.is_empty() && shown.clusters.is_empty() => Vec::new(),
        _ => serde_json::to_vec(&shown).expect("JSON"),
    }
}

fn with_reports() -> TestDatabase {
    let database = TestDatabase::create();
    let mut conn = database.connect();
    conn.batch_execute(BODIES).expect("bodies");
    for (category, age) in [(0, 0), (1, 3), (2, 9)] {
        let places: Vec<_> = (0..40).map(|n| (HERE.0 + f64::from(n) * 0.0003, HERE.1)).collect();
        conn.batch_execute(&insert(&places, category, 1, age)).expect("reports");
    }
    conn.batch_execute("INSERT INTO report_bodies (report_id, body_id) SELECT r.id, b.id FROM reports r, bodies b WHERE r.id % 3 = b.id % 3")
        .expect("bodies of reports");
    queries::fold(&mut conn).expect("folds");
    database
}

#[actix_web::test]
async fn a_storm_of_tiles_takes_few_connections_and_each_is_what_it_is_alone() {
    let database = with_reports();
    let batches = Batches::new(Db::open(&database.url, POOL).expect("a pool"));
    let (mut watcher, mut blocker) = (database.connect(), database.connect());
    blocker.batch_execute("BEGIN; LOCK TABLE map_counts, map_kind_counts").expect("locks");

    let storm = asked().into_iter().map(|(asked, kind)| {
        let batches = batches.clone();
        async move { batches.tile(asked, kind).await.expect("a tile").value }
    });
    let storm = rt::spawn(join_all(storm));
    let mut waiting = 0;
    for _ in 0..20 {
        rt::time::sleep(Duration::from_millis(100)).await;
        waiting = diesel::sql_query(
            "SELECT count(*) AS number FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
        )
        .get_result::<Number>(&mut watcher)
        .expect("a number")
        .number
        .max(waiting);
    }
    assert!((1..=3).contains(&waiting), "{waiting} connections wait for tiles");
    blocker.batch_execute("COMMIT").expect("lets go");

    let made = storm.await.expect("all are made");
    for ((asked, kind), made) in asked().into_iter().zip(made) {
        let what = format!("{asked:?} {kind:?}");
        assert_eq!(made, alone(&mut watcher, asked, kind), "{what}");
    }
}

#[actix_web::test]
async fn a_tile_that_cannot_be_made_takes_none_with_it() {
    let database = with_reports();
    let mut conn = database.connect();
    // A place off the Earth, in a cell of level 20 far away from the others.
    conn.batch_execute("INSERT INTO map_counts (level, cell, status_group, count, sum_lon, sum_lat, sum_id) VALUES (20, 0, 'open', 501, 99999999999999, 0, 0)")
        .expect("a wrong count");
    let corner = TileXyz::new(20, 0, 0).expect("a tile");
    let mut all: Vec<_> = asked()
        .into_iter()
        .filter(|(asked, kind)| asked.filter == MapFilter::default() && *kind == Kind::Json)
        .collect();
    let wrong = 2;
    all.insert(wrong, (Asked { tile: corner, filter: MapFilter::default(), first_month: None }, Kind::Json));

    let batches = Batches::new(Db::open(&database.url, POOL).expect("a pool"));
    let made = join_all(all.iter().cloned().map(|(asked, kind)| {
        let batches = batches.clone();
        async move { batches.tile(asked, kind).await }
    }))
    .await;
    for (n, ((asked, kind), made)) in all.into_iter().zip(made).enumerate() {
        match made {
            Ok(made) => assert_eq!(made.value, alone(&mut conn, asked, kind)),
            Err(error) => assert_eq!(n, wrong, "{asked:?}: {error}"),
        }
    }
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}
