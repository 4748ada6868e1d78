//! A tile's statement is planned once for each connection: to plan it takes longer than to run it.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use mendmap::map::queries::{self, Asked};
use mendmap_shared::geo::{LonLat, TileXyz};
use mendmap_shared::limits::MAP_ZOOM_MAX;
use mendmap_shared::map_filter::MapFilter;

use super::counts::BODIES;
use crate::harness::TestDatabase;

/// In the middle of the reports below, which lie along a line, in three categories, years and groups of status.
const HERE: (f64, f64) = (-2.99, 51.58);
const REPORTS: &str = "INSERT INTO reports
        (location, title, detail, category_code, category_name, category_group, visibility, status, created_at)
    SELECT ST_SetSRID(ST_MakePoint(-3.04 + n * 0.000005, 51.58), 4326), 't', 'd', 'kind-' || n % 3, 'Kind', 'Kinds', 'published',
           (ARRAY['open', 'in_progress', 'closed'])[1 + n % 3], now() - n % 36 * interval '1 month'
    FROM generate_series(1, 20000) AS n";
/// What PostgreSQL plans with the values it is given before it tries to do without.
const TRIED: i64 = 5;

#[derive(QueryableByName)]
struct Planned {
    #[diesel(sql_type = Text)]
    statement: String,
    #[diesel(sql_type = BigInt)]
    anew: i64,
    #[diesel(sql_type = BigInt)]
    once: i64,
}

#[test]
fn no_tile_is_planned_anew() {
    let database = TestDatabase::create();
    let mut conn = database.connect();
    conn.batch_execute(BODIES).expect("bodies");
    conn.batch_execute(REPORTS).expect("reports");
    while queries::fold(&mut conn).expect("folds") > 0 {}
    conn.batch_execute("ANALYZE").expect("statistics");

    let here = LonLat::new(HERE.0, HERE.1).expect("a place");
    let filters =
        [None, Some(("status", "open")), Some(("age", "6")), Some(("category", "kind-1")), Some(("body", "a"))];
    for filter in filters {
        let filter = MapFilter::read(filter).expect("a filter");
        let first_month = filter.first_month(chrono::Utc::now());
        for zoom in 0..=MAP_ZOOM_MAX {
            let tile = TileXyz::containing(here, zoom).expect("a tile");
            queries::tile(&mut conn, Asked { tile, filter: filter.clone(), first_month }).expect("a tile");
        }
    }

    let planned: Vec<Planned> = diesel::sql_query(
        "SELECT statement, custom_plans AS anew, generic_plans AS once FROM pg_prepared_statements
         WHERE statement LIKE '%counted AS%'",
    )
    .load(&mut conn)
    .expect("statements");
    assert_eq!(planned.len(), 3);
    for Planned { statement, anew, once } in planned {
        assert!(anew <= TRIED && once > TRIED, "{anew} times planned anew, {once} times not: {statement}");
    }
}
