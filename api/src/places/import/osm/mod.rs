//! OpenStreetMap: street lines, streets, places and addresses.

mod classify;
mod read;

use std::path::Path;

use diesel::sql_types::Double;
use diesel::{PgConnection, RunQueryDsl, sql_query};

use super::report::{Counts, ImportError, Imported};
use super::{OSM_CREDIT, Options, in_transaction, stage};
use crate::site::queries::{OSM, note_centre, note_credit};

pub(super) use classify::{PLAIN_STREET_IMPORTANCE, highway_class, street_importance};

/// Lines of one name as near as this to each other are one street.
const SAME_STREET_METRES: f64 = 400.0;

/// Loads street lines, streets, places and addresses. What an earlier extract of the same `source` had and this one
/// lacks is removed; more than half of it only when [`Options::replace`] says so.
///
/// # Errors
/// See [`ImportError`]; nothing is written then.
pub fn osm(conn: &mut PgConnection, path: &Path, source: &str, options: &Options) -> Result<Imported, ImportError> {
    let extract = read::read(path, options)?;
    extract.bad.stop_unless(options.skip_bad, path, extract.lines.len() + extract.places.len())?;

    in_transaction(conn, |conn| {
        stage::create(conn)?;
        stage::fill_lines(conn, &extract.lines, &options.progress)?;
        stage::fill_places(conn, &extract.places, &options.progress)?;
        options.progress.busy("joining streets");
        // The Web Mercator map stretches with the latitude; over one country the middle one is near enough.
        let stretched = SAME_STREET_METRES / extract.middle_lat.to_radians().cos().max(0.01);
        sql_query(include_str!("cluster_streets.sql")).bind::<Double, _>(stretched).execute(conn)?;
        sql_query(include_str!("derive_streets.sql")).execute(conn)?;
        options.progress.busy("comparing");
        let lines = stage::apply(conn, include_str!("../apply_lines.sql"), &[source])?;
        lines.stop_unless(options.replace, "street lines", path, source)?;
        sql_query("ANALYZE street_lines").execute(conn)?;
        let places = stage::apply_places(conn, source, &options.progress)?;
        places.stop_unless(options.replace, "places", path, source)?;
        note_credit(conn, &format!("{OSM}{source}"), options.attribution.as_deref(), Some(OSM_CREDIT))?;
        note_centre(conn)?;
        let lines = Counts { read: lines.read + extract.bad.count, refused: extract.bad.count, ..lines };
        Ok(Imported { parts: vec![("street lines", lines), ("places", places)], refused: extract.bad })
    })
}
