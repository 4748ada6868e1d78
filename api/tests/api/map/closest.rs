//! The closest zooms: a pin for each report as long as that is of use, and counts beyond.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use mendmap::map::queries::{self, Asked};
use mendmap_shared::geo::{LonLat, TileXyz};
use mendmap_shared::limits::{MAP_CLOSE_TILE_PINS, MAP_CLOSE_ZOOM, MAP_ZOOM_MAX};
use mendmap_shared::map_filter::MapFilter;
use mendmap_shared::wire::map::MapTile;

use super::counts::{BODIES, insert};
use super::truth::assert_every_tile;
use crate::harness::TestDatabase;

/// Two places in the same tile of zoom 19, and in two of zoom 20.
const HERE: (f64, f64) = (-2.997_70, 51.584_20);
const BESIDE: (f64, f64) = (-2.997_30, 51.584_20);

fn tile(conn: &mut PgConnection, zoom: u8, filter: &str) -> MapTile {
    let here = LonLat::new(HERE.0, HERE.1).expect("a place");
    let pairs: Vec<_> = filter.split_once('=').into_iter().collect();
    let filter = MapFilter::read(pairs).expect("a filter");
    queries::tile(conn, Asked { tile: TileXyz::containing(here, zoom).expect("a tile"), filter, first_month: None })
        .expect("a tile")
}

#[test]
fn a_tile_of_the_closest_zooms_is_pins_up_to_a_limit_and_counted_beyond_it_however_many_reports_there_are() {
    let database = TestDatabase::create();
    let mut conn = database.connect();
    conn.batch_execute(BODIES).expect("bodies");
    let most = usize::try_from(MAP_CLOSE_TILE_PINS).expect("not many");
    // The first kind is potholes.
    conn.batch_execute(&insert(&vec![HERE; most - 1], 0, 1, 0)).expect("reports");
    conn.batch_execute(&insert(&[BESIDE], 1, 1, 0)).expect("a report");
    for zoom in MAP_CLOSE_ZOOM..=MAP_ZOOM_MAX {
        assert!(tile(&mut conn, zoom, "").clusters.is_empty());
    }
    assert_eq!(tile(&mut conn, MAP_CLOSE_ZOOM, "").pins.len(), most);

    // One more, not folded in yet, and then folded.
    conn.batch_execute(&insert(&[HERE], 0, 1, 0)).expect("a report");
    for _ in 0..2 {
        let found = tile(&mut conn, MAP_CLOSE_ZOOM, "");
        let counts: Vec<_> = found.clusters.iter().map(|cluster| cluster.total()).collect();
        // Alone in its cell, a report is a pin.
        assert_eq!((counts, found.pins.len()), (vec![MAP_CLOSE_TILE_PINS], 1));
        assert_eq!(tile(&mut conn, MAP_ZOOM_MAX, "").pins.len(), most);
        // A filter that leaves none of them.
        let found = tile(&mut conn, MAP_CLOSE_ZOOM, "status=fixed");
        assert!(found.pins.is_empty() && found.clusters.is_empty());
        queries::fold(&mut conn).expect("folds");
    }
    assert_every_tile(&mut conn, &[HERE, BESIDE]).expect("the truth");
    assert_eq!(queries::check(&mut conn, false).expect("checks").cells, 0);
}
