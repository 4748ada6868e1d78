//! Wrenmouth, the borough the demo shows: invented, drawn by code, and laid in the open water of the Bristol Channel so
//! that nobody takes it for a real place.
//!
//! It is drawn in metres around its market place (x east, y north), in rings and spokes that a slow wave bends until they
//! look grown, and turned into longitude and latitude at the very end.

mod names;
mod plan;
mod streets;

use diesel::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use serde_json::{Value, json};

use names::Names;
use plan::{Metres, Plan};

use super::queries;

/// The borough's name.
pub const NAME: &str = "Wrenmouth";
const NAME_ALT: &str = "Aberdryw";
const SEED: u64 = 0x5745_4e4d;
/// Longitude and latitude, in degrees, of the market place.
const ORIGIN: (f64, f64) = (-4.9, 51.3);

/// A row of `areas`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Area {
    kind: &'static str,
    code: String,
    name: String,
    name_alt: Option<String>,
    geom: Value,
}

/// A row of `street_lines`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    class: &'static str,
    name: Option<String>,
    name_alt: Option<String>,
    geom: Value,
    source_key: String,
}

/// A row of `places`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Place {
    kind: &'static str,
    name: String,
    name_alt: Option<String>,
    area: String,
    importance: f32,
    lon: f64,
    lat: f64,
    source_key: String,
}

/// A row of `postcodes`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Postcode {
    code: String,
    label: String,
    area: String,
    lon: f64,
    lat: f64,
}

/// Everything there is in the borough, the same on every call.
#[derive(Debug, Clone, PartialEq)]
pub struct Borough {
    /// The council's area and its wards, which tile it.
    pub areas: Vec<Area>,
    /// Streets, paths, water and the railway.
    pub lines: Vec<Line>,
    /// What a search finds.
    pub places: Vec<Place>,
    /// Postcodes of an area code that does not exist.
    pub postcodes: Vec<Postcode>,
}

impl Borough {
    /// Writes all of it, with the source `demo`.
    ///
    /// # Errors
    /// From the database.
    pub fn write(&self, conn: &mut PgConnection) -> QueryResult<()> {
        queries::insert(conn, include_str!("../sql/insert_areas.sql"), &self.areas)?;
        queries::insert(conn, include_str!("../sql/insert_lines.sql"), &self.lines)?;
        queries::insert(conn, include_str!("../sql/insert_places.sql"), &self.places)?;
        queries::insert(conn, include_str!("../sql/insert_postcodes.sql"), &self.postcodes)?;
        Ok(())
    }
}

/// Longitude and latitude of a point of the plan, to about a centimetre.
fn lon_lat(point: Metres) -> (f64, f64) {
    let round = |degrees: f64| (degrees * 1e7).round() / 1e7;
    let lon = ORIGIN.0 + point.0 / (111_320.0 * ORIGIN.1.to_radians().cos());
    (round(lon), round(ORIGIN.1 + point.1 / 111_250.0))
}

fn positions(points: &[Metres]) -> Vec<[f64; 2]> {
    points.iter().map(|point| lon_lat(*point).into()).collect()
}

fn line_string(points: &[Metres]) -> Value {
    json!({"type": "LineString", "coordinates": positions(points)})
}

fn multi_polygon(ring: &[Metres]) -> Value {
    let mut ring = positions(ring);
    ring.extend(ring.first().copied());
    json!({"type": "MultiPolygon", "coordinates": [[ring]]})
}

/// The words of a name that may stand in a key: `"St Wren's Lane"` is `st-wren-s-lane`.
pub fn slug(text: &str) -> String {
    let words = text.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), " ");
    words.split_whitespace().collect::<Vec<_>>().join("-")
}

/// Draws the borough.
pub fn draw() -> Borough {
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    let plan = Plan::new(&mut rng);
    let mut names = Names::new();
    let streets = streets::lay_out(&plan, &mut names, &mut rng);

    let mut areas = vec![Area {
        kind: "council",
        code: "ZZ-WREN".into(),
        name: NAME.into(),
        name_alt: Some(NAME_ALT.into()),
        geom: multi_polygon(&plan.border),
    }];
    areas.extend(plan.wards.iter().enumerate().map(|(number, ward)| Area {
        kind: "ward",
        code: format!("ZZ-WREN-{}", number + 1),
        name: ward.name.into(),
        name_alt: ward.name_alt.map(Into::into),
        geom: multi_polygon(&ward.ring),
    }));

    let mut lines: Vec<Line> = Vec::new();
    for (number, (class, name, points)) in plan.scenery(&mut rng).into_iter().enumerate() {
        let source_key = format!("scenery-{number}");
        let name = name.map(Into::into);
        lines.push(Line { class, name, name_alt: None, geom: line_string(&points), source_key });
    }
    for street in &streets {
        for (part, points) in street.parts.iter().enumerate() {
            lines.push(Line {
                class: street.class,
                name: Some(street.name.clone()),
                name_alt: street.name_alt.clone(),
                geom: line_string(points),
                source_key: format!("{}-{}-{part}", slug(&street.name), street.ward),
            });
        }
    }
    Borough { areas, lines, places: places(&plan, &streets), postcodes: postcodes(&plan, &streets) }
}

fn places(plan: &Plan, streets: &[streets::Street]) -> Vec<Place> {
    let area = |ward: usize| format!("{}, {NAME}", plan.wards[ward].name);
    let place = |kind, name: &str, area, importance, at| {
        let (lon, lat) = lon_lat(at);
        let source_key = format!("{kind}-{}-{lon}-{lat}", slug(name));
        Place { kind, name: name.into(), name_alt: None, area, importance, lon, lat, source_key }
    };
    let mut places = vec![Place {
        name_alt: Some(NAME_ALT.into()),
        ..place("locality", NAME, "Wrenshire".to_owned(), 1.0, (0.0, 0.0))
    }];
    places.extend(plan.wards.iter().map(|ward| Place {
        name_alt: ward.name_alt.map(Into::into),
        ..place("locality", ward.name, NAME.to_owned(), 0.8, ward.middle)
    }));
    for (name, ward, at) in plan.landmarks() {
        places.push(place("point_of_interest", name, area(ward), 0.6, at));
    }
    for street in streets {
        let importance = match street.class {
            "trunk" => 0.5,
            "main" => 0.45,
            "minor" => 0.35,
            _ => 0.2,
        };
        let at = street.middle();
        places.push(Place {
            name_alt: street.name_alt.clone(),
            ..place("street", &street.name, area(street.ward), importance, at)
        });
        // Houses along the streets of the old town, on both sides.
        if street.ward == 0 && street.class != "path" {
            for number in (2..=22).step_by(5) {
                let along = street.at(f64::from(number) / 26.0);
                let name = format!("{number} {}", street.name);
                places.push(place("address", &name, area(street.ward), 0.1, (along.0 + 6.0, along.1 + 5.0)));
            }
        }
    }
    places
}

fn postcodes(plan: &Plan, streets: &[streets::Street]) -> Vec<Postcode> {
    // The letters real postcodes end in: those that are not mistaken for another by hand.
    const LETTERS: &[u8] = b"ABDEFGHJLNPQRSTUWXYZ";
    let mut postcodes = Vec::new();
    let mut next = vec![0_usize; plan.wards.len()];
    for street in streets.iter().filter(|street| street.class != "path") {
        let count = if street.length() > 700.0 { 2 } else { 1 };
        for part in 0..count {
            let number = next[street.ward];
            next[street.ward] += 1;
            let (first, second) = (LETTERS[number % LETTERS.len()], LETTERS[(number * 7 + 3) % LETTERS.len()]);
            let (district, sector) = (street.ward + 1, 1 + number / LETTERS.len());
            let (lon, lat) = lon_lat(street.at((f64::from(part) + 0.5) / f64::from(count)));
            let (first, second) = (char::from(first), char::from(second));
            postcodes.push(Postcode {
                code: format!("ZZ{district}{sector}{first}{second}"),
                label: format!("ZZ{district} {sector}{first}{second}"),
                area: format!("{}, {NAME}", plan.wards[street.ward].name),
                lon,
                lat,
            });
        }
    }
    postcodes
}
