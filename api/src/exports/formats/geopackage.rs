//! OGC GeoPackage: an SQLite file with tables of fixed names. The crates for it are young and change from month to month; what is
//! needed of it here is one table of points.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use chrono::SecondsFormat;
use geozero::{CoordDimensions, ToWkb as _};
use mendmap_shared::geo::LonLat;
use rusqlite::types::{ToSqlOutput, Value as Owned, ValueRef};
use rusqlite::{Connection, params, params_from_iter};

use super::point::Point;
use super::{Sink, description};
use crate::exports::record::{Kind, Property, Source, Value};

const TABLES: &str = include_str!("geopackage.sql");
const TRIGGERS: &str = include_str!("geopackage_triggers.sql");

/// Nobody reads the file before it is whole, and a half is thrown away: it needs no journal, and is written to the disk once, at its
/// end. What sorting needs stays in memory, so that no other folder need be writable.
const SETTINGS: &str = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE; \
                        PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16000; PRAGMA foreign_keys = ON;";

const TO_INDEX: &str = "INSERT INTO rtree_reports_geom VALUES (?1, ?2, ?2, ?3, ?3)";

/// A GeoPackage with one table, `reports`, that is being written.
pub struct GeoPackage {
    conn: Connection,
    path: PathBuf,
    insert: String,
    /// Least and greatest longitude and latitude so far.
    extent: Option<[f64; 4]>,
}

impl GeoPackage {
    /// Begins it.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn begin(path: &Path, columns: &[Property], source: &Source) -> anyhow::Result<Self> {
        let conn = Connection::open(path)?;
        conn.execute_batch(SETTINGS)?;
        conn.execute_batch("BEGIN")?;
        conn.execute_batch(TABLES)?;
        conn.execute("UPDATE gpkg_contents SET description = ?1", [description(source)])?;
        let columns_made: String =
            columns.iter().map(|column| format!(", \"{}\" {}", column.name, sql_type(column.kind))).collect();
        conn.execute_batch(&format!(
            "CREATE TABLE reports (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, geom POINT{columns_made})"
        ))?;
        let places = vec!["?"; columns.len() + 2].join(", ");
        Ok(Self { conn, path: path.to_owned(), insert: format!("INSERT INTO reports VALUES ({places})"), extent: None })
    }
}

/// The specification's names of SQLite's types (table 1).
const fn sql_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Integer => "INTEGER",
        Kind::Number => "DOUBLE",
        Kind::Text => "TEXT",
        Kind::Moment => "DATETIME",
    }
}

fn cell<'a>(value: &'a Value<'_>) -> ToSqlOutput<'a> {
    match value {
        Value::Empty => ToSqlOutput::Owned(Owned::Null),
        Value::Integer(number) => ToSqlOutput::Owned(Owned::Integer(*number)),
        Value::Number(number) => ToSqlOutput::Owned(Owned::Real(*number)),
        Value::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
        // The specification's form has thousandths of a second.
        Value::Moment(at) => ToSqlOutput::Owned(Owned::Text(at.to_rfc3339_opts(SecondsFormat::Millis, true))),
    }
}

impl Sink for GeoPackage {
    fn write(&mut self, id: i64, location: LonLat, values: &[Value<'_>]) -> anyhow::Result<()> {
        let (lon, lat) = (location.lon(), location.lat());
        let geometry = Point(location).to_gpkg_wkb(CoordDimensions::xy(), Some(4326), Vec::new())?;
        let head = [ToSqlOutput::Owned(Owned::Integer(id)), ToSqlOutput::Owned(Owned::Blob(geometry))];
        let cells = head.into_iter().chain(values.iter().map(cell));
        self.conn.prepare_cached(&self.insert)?.execute(params_from_iter(cells))?;
        self.conn.prepare_cached(TO_INDEX)?.execute(params![id, lon, lat])?;
        let [west, south, east, north] = self.extent.unwrap_or([lon, lat, lon, lat]);
        self.extent = Some([west.min(lon), south.min(lat), east.max(lon), north.max(lat)]);
        Ok(())
    }

    fn finish(self: Box<Self>) -> anyhow::Result<()> {
        if let Some([west, south, east, north]) = self.extent {
            self.conn.execute(
                "UPDATE gpkg_contents SET min_x = ?1, min_y = ?2, max_x = ?3, max_y = ?4",
                params![west, south, east, north],
            )?;
        }
        self.conn.execute_batch(TRIGGERS)?;
        self.conn.execute_batch("COMMIT")?;
        let Self { conn, path, .. } = *self;
        conn.close().map_err(|(_, error)| error).context("the GeoPackage cannot be closed")?;
        Ok(File::open(path)?.sync_all()?)
    }
}
