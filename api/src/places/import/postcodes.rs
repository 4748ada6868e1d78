//! Postcodes with their points.

use std::collections::HashMap;
use std::path::Path;

use diesel::PgConnection;

use super::csv_file::{self, Column};
use super::report::{BadRows, Counts, ImportError, Imported};
use super::stage::{self, StagedPostcode};
use super::{Options, in_transaction};
use crate::places::rules::postcode_label;
use crate::site::queries::note_credit;

const POSTCODE: usize = 0;
const LATITUDE: usize = 1;
const LONGITUDE: usize = 2;
const COLUMNS: [Column; 3] = [
    Column { names: &["postcode", "pcds", "pcd"], required: true },
    Column { names: &["latitude", "lat"], required: true },
    Column { names: &["longitude", "long", "lon"], required: true },
];

/// Loads postcodes. Those of earlier files stay: one file rarely has all of a region.
///
/// # Errors
/// See [`ImportError`]; nothing is written then.
pub fn postcodes(conn: &mut PgConnection, path: &Path, options: &Options) -> Result<Imported, ImportError> {
    let mut bad = BadRows::default();
    let mut lines: HashMap<String, u64> = HashMap::new();
    let mut rows: Vec<StagedPostcode> = Vec::new();
    let read = csv_file::read(path, &COLUMNS, options, &mut bad, |line, row| {
        let typed = row.text(POSTCODE).ok_or("there is no postcode")?;
        let code: String = typed.split_whitespace().collect::<String>().to_uppercase();
        if !(2..=10).contains(&code.len()) || !code.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(format!("{typed:?} is not a postcode"));
        }
        let location = row.point(LATITUDE, LONGITUDE)?;
        if let Some(first) = lines.insert(code.clone(), line) {
            return Err(format!("the postcode {typed} stands on line {first} already"));
        }
        rows.push(StagedPostcode { label: postcode_label(&code), code, location: stage::point(location) });
        Ok(())
    })?;
    bad.stop_unless(options.skip_bad, path, rows.len())?;

    in_transaction(conn, |conn| {
        stage::create(conn)?;
        stage::fill_postcodes(conn, &rows, &options.progress)?;
        options.progress.busy("comparing");
        let counts = stage::apply(conn, include_str!("apply_postcodes.sql"), &[])?;
        stage::label_areas(conn, stage::Labelled::New, &options.progress)?;
        note_credit(conn, "postcodes", options.attribution.as_deref(), None)?;
        let counts = Counts { read, refused: bad.count, ..counts };
        Ok(Imported { parts: vec![("postcodes", counts)], refused: bad })
    })
}
