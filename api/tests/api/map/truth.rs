//! What a tile must show, worked out from the reports themselves: no count is asked, and no SQL of the map.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Utc;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Double, Text};
use mendmap::map::queries::{self, Asked};
use mendmap_shared::geo::{LonLat, TileXyz};
use mendmap_shared::limits::{MAP_CLOSE_TILE_PINS, MAP_CLOSE_ZOOM, MAP_PIN_ZOOM, MAP_TILE_PINS, MAP_ZOOM_MAX};
use mendmap_shared::map_filter::MapFilter;
use mendmap_shared::wire::map::{Cluster, MapTile, Pin};
use mendmap_shared::workflow::StatusGroup;
use proptest::prelude::*;

/// Of each filter its parameters, and which reports match. Among them is all that can be asked of the counts: everything, some
/// kinds, some months, and both.
pub const FILTERS: [(&[(&str, &str)], &str); 7] = [
    (&[], "true"),
    (&[("status", "open,closed")], "status_group IN ('open', 'closed')"),
    (&[("category", "Roads")], "category_group = 'Roads'"),
    (
        &[("body", "b")],
        "id IN (SELECT report_id FROM report_bodies JOIN bodies ON bodies.id = body_id WHERE slug = 'b')",
    ),
    (
        &[("age", "6")],
        "created_at >= date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' - interval '6 months'",
    ),
    (
        &[("status", "fixed"), ("category", "potholes"), ("body", "a"), ("age", "6")],
        "status_group = 'fixed' AND category_code = 'potholes'
         AND id IN (SELECT report_id FROM report_bodies JOIN bodies ON bodies.id = body_id WHERE slug = 'a')
         AND created_at >= date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' - interval '6 months'",
    ),
    (&[("body", "nobody")], "false"),
];
/// Those for which tiles without a report are looked at too, one for each way to ask: that takes its time.
const ASKED_WHERE_NOTHING_IS: [usize; 4] = [0, 2, 4, 5];
/// Up to this zoom every tile of the map is looked at.
const ALL_LOOKED_AT: u8 = 3;
/// Counts keep ten-millionths of a degree.
const ROUNDING: f64 = 1e-7;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Double)]
    lon: f64,
    #[diesel(sql_type = Double)]
    lat: f64,
    #[diesel(sql_type = Text)]
    status_group: String,
    #[diesel(sql_type = Text)]
    title: String,
    #[diesel(sql_type = Text)]
    category_name: String,
}

/// A report everybody may see, and the tile of the deepest zoom it lies in.
pub struct Seen {
    pin: Pin,
    deepest: TileXyz,
}

/// The published reports for which this holds.
pub fn matching(conn: &mut PgConnection, condition: &str) -> Vec<Seen> {
    let rows: Vec<Row> = diesel::sql_query(format!(
        "SELECT id, ST_X(location) AS lon, ST_Y(location) AS lat, status_group, title, category_name
         FROM reports WHERE visibility = 'published' AND ({condition}) ORDER BY id"
    ))
    .load(conn)
    .expect("reports");
    rows.into_iter()
        .map(|row| {
            let location = LonLat::new(row.lon, row.lat).expect("a place");
            let status_group = row.status_group.parse().expect("a group");
            let pin = Pin { id: row.id, location, status_group, title: row.title, category: row.category_name };
            Seen { pin, deepest: TileXyz::containing(location, MAP_ZOOM_MAX).expect("a tile") }
        })
        .collect()
}

/// The tile above this one that has this zoom.
fn above(tile: TileXyz, zoom: u8) -> (u32, u32) {
    let levels = tile.z() - zoom;
    (tile.x() >> levels, tile.y() >> levels)
}

/// What a tile of this zoom shows of these, which all lie in it.
fn shown(reports: &[&Seen], zoom: u8) -> MapTile {
    let most = if zoom < MAP_CLOSE_ZOOM { MAP_TILE_PINS } else { MAP_CLOSE_TILE_PINS };
    let few = i64::try_from(reports.len()).expect("not many") <= most;
    let mut cells: BTreeMap<(u32, u32), Vec<&Pin>> = BTreeMap::new();
    if zoom < MAP_PIN_ZOOM || !few {
        // Eight cells along each edge, as far as they are counted: not at level 19, nor below 20.
        let level = [zoom + 3, 18, 20, 20, 20, 20][usize::from(zoom.saturating_sub(15))];
        for report in reports {
            cells.entry(above(report.deepest, level)).or_default().push(&report.pin);
        }
    } else {
        return MapTile { pins: reports.iter().map(|report| report.pin.clone()).collect(), clusters: Vec::new() };
    }
    let (alone, together): (Vec<_>, Vec<_>) = cells.into_values().partition(|pins| pins.len() == 1);
    MapTile {
        pins: alone.into_iter().flatten().cloned().collect(),
        clusters: together.into_iter().map(|pins| cluster(&pins)).collect(),
    }
}

fn cluster(pins: &[&Pin]) -> Cluster {
    let all = pins.len() as f64;
    let mean = |degrees: fn(&LonLat) -> f64| pins.iter().map(|pin| degrees(&pin.location)).sum::<f64>() / all;
    let count = |group| i64::try_from(pins.iter().filter(|pin| pin.status_group == group).count()).expect("not many");
    Cluster {
        location: LonLat::new(mean(|at| at.lon()), mean(|at| at.lat())).expect("a place"),
        open: count(StatusGroup::Open),
        fixed: count(StatusGroup::Fixed),
        closed: count(StatusGroup::Closed),
    }
}

fn is_near(one: LonLat, other: LonLat) -> bool {
    (one.lon() - other.lon()).abs() <= ROUNDING && (one.lat() - other.lat()).abs() <= ROUNDING
}

/// The tile shows what it must of the reports that match: each pin, each cluster with its numbers and its centre of mass, and
/// nothing besides. Answers how many reports it shows.
pub fn assert_tile(
    conn: &mut PgConnection,
    at: TileXyz,
    filter: &MapFilter,
    matching: &[&Seen],
) -> Result<i64, TestCaseError> {
    let mut found =
        queries::tile(conn, Asked { tile: at, filter: filter.clone(), first_month: filter.first_month(Utc::now()) })
            .expect("a tile");
    let mut expected = shown(matching, at.z());
    let what = format!("tile {}/{}/{} of `{filter}`", at.z(), at.x(), at.y());
    let total = found.clusters.iter().map(Cluster::total).sum::<i64>() + i64::try_from(found.pins.len()).expect("few");

    for pins in [&mut found.pins, &mut expected.pins] {
        pins.sort_by_key(|pin| pin.id);
    }
    prop_assert_eq!(found.pins.len(), expected.pins.len(), "pins of {}", &what);
    for (pin, must) in found.pins.into_iter().zip(expected.pins) {
        prop_assert!(is_near(pin.location, must.location), "{} has {:?} for {:?}", &what, pin, must);
        let there = Pin { location: must.location, ..pin };
        prop_assert_eq!(there, must, "{}", &what);
    }
    for must in expected.clusters {
        let numbers = |cluster: &Cluster| (cluster.open, cluster.fixed, cluster.closed);
        let is_it = |other: &Cluster| numbers(other) == numbers(&must) && is_near(other.location, must.location);
        let Some(place) = found.clusters.iter().position(is_it) else {
            return Err(TestCaseError::fail(format!("{what} lacks {must:?}, and has {:?}", found.clusters)));
        };
        found.clusters.swap_remove(place);
    }
    prop_assert!(found.clusters.is_empty(), "{} shows what is not there: {:?}", &what, found.clusters);
    Ok(total)
}

/// The tiles of a zoom that are looked at: where something is or once was, those around the outermost of them, where nothing
/// should be, and those next to them in the order of the cells' numbers.
fn looked_at(places: &BTreeSet<(u32, u32)>, zoom: u8) -> BTreeSet<(u32, u32)> {
    let edge = 1_u32 << zoom;
    if zoom <= ALL_LOOKED_AT {
        return (0..edge).flat_map(|x| (0..edge).map(move |y| (x, y))).collect();
    }
    let mut all = places.clone();
    for &(x, y) in places.first().into_iter().chain(places.last()) {
        for (x, y) in (0..3).flat_map(|right| (0..3).map(move |down| (x + right, y + down))) {
            all.extend((x > 0 && y > 0 && x <= edge && y <= edge).then(|| (x - 1, y - 1)));
        }
        let number = *TileXyz::new(zoom, x, y).expect("a tile").cells(zoom).start();
        let beside = [number - 1, number + 1].into_iter().filter_map(|number| TileXyz::from_cell(zoom, number).ok());
        all.extend(beside.map(|tile| (tile.x(), tile.y())));
    }
    all
}

/// By every filter, at every zoom, each tile shows what it must, and all of them together the reports that match. `once` are places
/// where there may have been reports.
pub fn assert_every_tile(conn: &mut PgConnection, once: &[(f64, f64)]) -> Result<(), TestCaseError> {
    let hidden = once.iter().map(|(lon, lat)| {
        let place = LonLat::new(*lon, *lat).expect("a place");
        TileXyz::containing(place, MAP_ZOOM_MAX).expect("a tile")
    });
    let mut places: BTreeSet<(u32, u32)> = hidden.map(|tile| (tile.x(), tile.y())).collect();
    places.extend(matching(conn, "true").iter().map(|report| (report.deepest.x(), report.deepest.y())));
    for (n, (pairs, condition)) in FILTERS.into_iter().enumerate() {
        let filter = MapFilter::read(pairs.iter().copied()).expect("a filter");
        let all = matching(conn, condition);
        for zoom in 0..=MAP_ZOOM_MAX {
            let mut by_tile: BTreeMap<(u32, u32), Vec<&Seen>> = BTreeMap::new();
            for report in &all {
                by_tile.entry(above(report.deepest, zoom)).or_default().push(report);
            }
            let levels = MAP_ZOOM_MAX - zoom;
            let occupied: BTreeSet<_> = places.iter().map(|(x, y)| (x >> levels, y >> levels)).collect();
            let around = ASKED_WHERE_NOTHING_IS.contains(&n);
            let tiles = if around { looked_at(&occupied, zoom) } else { occupied };
            let mut total = 0;
            for (x, y) in tiles {
                let at = TileXyz::new(zoom, x, y).expect("a tile");
                let there = by_tile.get(&(x, y)).map_or(&[][..], Vec::as_slice);
                total += assert_tile(conn, at, &filter, there)?;
            }
            prop_assert_eq!(total, i64::try_from(all.len()).expect("not many"), "zoom {} of {}", zoom, &filter);
        }
    }
    Ok(())
}
