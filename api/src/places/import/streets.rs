//! A street gazetteer: a name and a point for each street.

use std::collections::HashMap;
use std::path::Path;

use diesel::PgConnection;

use super::csv_file::{self, Column};
use super::report::{BadRows, Counts, ImportError, Imported};
use super::stage::{self, StagedPlace};
use super::{Options, in_transaction, osm};
use crate::site::queries::{note_centre, note_credit};

const NAME: usize = 0;
const NAME_ALT: usize = 1;
const HIGHWAY: usize = 2;
const LATITUDE: usize = 3;
const LONGITUDE: usize = 4;
const COLUMNS: [Column; 5] = [
    Column { names: &["name", "street"], required: true },
    Column { names: &["name_cy", "name_alt"], required: false },
    Column { names: &["highway"], required: false },
    Column { names: &["latitude", "lat"], required: true },
    Column { names: &["longitude", "long", "lon"], required: true },
];

/// Loads streets. What an earlier file of the same `source` had and this one lacks is removed; more than half of it only
/// when [`Options::replace`] says so.
///
/// # Errors
/// See [`ImportError`]; nothing is written then.
pub fn streets(conn: &mut PgConnection, path: &Path, source: &str, options: &Options) -> Result<Imported, ImportError> {
    let mut bad = BadRows::default();
    let mut lines: HashMap<String, u64> = HashMap::new();
    let mut rows: Vec<StagedPlace> = Vec::new();
    let read = csv_file::read(path, &COLUMNS, options, &mut bad, |line, row| {
        let name = row.text(NAME).ok_or("there is no name")?;
        let location = row.point(LATITUDE, LONGITUDE)?;
        // The files have no number for a street. A metre or so is 0.00001 degrees.
        let source_key = format!("{name}|{:.5}|{:.5}", location.lat(), location.lon());
        if let Some(first) = lines.insert(source_key.clone(), line) {
            return Err(format!("the same street stands on line {first} already"));
        }
        let class = row.text(HIGHWAY).and_then(osm::highway_class);
        rows.push(StagedPlace {
            kind: "street",
            name: name.to_owned(),
            name_alt: row.text(NAME_ALT).filter(|alt| *alt != name).map(str::to_owned),
            importance: class.map_or(osm::PLAIN_STREET_IMPORTANCE, osm::street_importance),
            location: stage::point(location),
            source_key,
        });
        Ok(())
    })?;
    bad.stop_unless(options.skip_bad, path, rows.len())?;

    in_transaction(conn, |conn| {
        stage::create(conn)?;
        stage::fill_places(conn, &rows, &options.progress)?;
        let counts = stage::apply_places(conn, source, &options.progress)?;
        counts.stop_unless(options.replace, "streets", path, source)?;
        note_credit(conn, &format!("streets/{source}"), options.attribution.as_deref(), None)?;
        note_centre(conn)?;
        let counts = Counts { read, refused: bad.count, ..counts };
        Ok(Imported { parts: vec![("streets", counts)], refused: bad })
    })
}
