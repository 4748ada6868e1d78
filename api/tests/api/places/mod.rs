//! Places: what the importers take and refuse, and what a search finds.

mod http;
mod import;
mod newport;
mod search;

use std::io::Write as _;

use diesel::PgConnection;
use mendmap::places::import::{AreaKind, Imported, Options, areas, postcodes, streets};
use mendmap::places::queries;
use mendmap::places::rules::Wanted;
use mendmap_shared::geo::LonLat;
use mendmap_shared::wire::places::Place;
use tempfile::NamedTempFile;

use crate::harness::TestDatabase;

/// Runs a test on an empty, migrated database of its own.
fn in_database(test: impl FnOnce(&mut PgConnection)) {
    test(&mut TestDatabase::create().connect());
}

/// A file with this text.
fn file(text: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().expect("a temporary file");
    file.write_all(text.as_bytes()).expect("written");
    file
}

fn point(lon: f64, lat: f64) -> LonLat {
    LonLat::new(lon, lat).expect("a point")
}

/// The middle of Newport.
fn newport() -> LonLat {
    point(-2.9977, 51.5842)
}

/// A square council of about 10 km, and in it two wards with a gap of 200 m between them, as a river leaves it.
fn load_areas(conn: &mut PgConnection) {
    let square = |code: &str, name: &str, west: f64, east: f64| {
        format!(
            r#"{{"type":"Feature","properties":{{"gss":"{code}","name":"{name}"}},"geometry":{{"type":"Polygon","coordinates":
            [[[{west},51.55],[{east},51.55],[{east},51.65],[{west},51.65],[{west},51.55]]]}}}}"#
        )
    };
    let collection =
        |features: &[String]| file(&format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(",")));
    let councils = collection(&[square("C1", "Riverton", -3.07, -2.93)]);
    let wards = collection(&[square("W1", "West Bank", -3.07, -3.0), square("W2", "East Bank", -2.997, -2.93)]);
    areas(conn, councils.path(), AreaKind::Council, &Options::quiet()).expect("councils");
    areas(conn, wards.path(), AreaKind::Ward, &Options::quiet()).expect("wards");
}

fn street_file(rows: &str) -> NamedTempFile {
    file(&format!("name,name_cy,highway,latitude,longitude\n{rows}\n"))
}

fn load_streets(conn: &mut PgConnection, source: &str, rows: &str) -> Imported {
    let file = street_file(rows);
    streets(conn, file.path(), source, &Options::quiet()).expect("streets")
}

fn load_postcodes(conn: &mut PgConnection, rows: &str) -> Imported {
    let file = file(&format!("postcode,latitude,longitude\n{rows}\n"));
    postcodes(conn, file.path(), &Options::quiet()).expect("postcodes")
}

fn find(conn: &mut PgConnection, typed: &str) -> Vec<Place> {
    queries::search(conn, &Wanted::parse(typed, newport()), newport()).expect("a search")
}

/// The names found, best first, with their areas where there are any.
fn names(conn: &mut PgConnection, typed: &str) -> Vec<String> {
    let tell = |place: Place| match place.area {
        Some(area) => format!("{} ({area})", place.name),
        None => place.name,
    };
    find(conn, typed).into_iter().map(tell).collect()
}
