//! The kinds of files that reports are written to. None of them knows what its columns mean: public exports and staff's have
//! different ones.

pub mod csv;
pub mod flatgeobuf;
pub mod geojson_lines;
pub mod geopackage;
mod point;

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use mendmap_shared::geo::LonLat;
use mendmap_shared::wire::exports::ExportFormat;

use super::record::{PROPERTIES, Property, Record, Source, Value};

/// What a row of an export is made of.
pub trait Row {
    /// Names, kinds and meanings of its values.
    const COLUMNS: &'static [Property];

    /// Number of the report.
    fn id(&self) -> i64;

    /// Where it is.
    fn location(&self) -> LonLat;

    /// As many values as there are columns, in their order.
    fn values<'a>(&'a self, source: &'a Source) -> Vec<Value<'a>>;
}

impl Row for Record {
    const COLUMNS: &'static [Property] = &PROPERTIES;

    fn id(&self) -> i64 {
        self.id
    }

    fn location(&self) -> LonLat {
        self.location
    }

    fn values<'a>(&'a self, source: &'a Source) -> Vec<Value<'a>> {
        Self::values(self, source).into()
    }
}

/// A file that is being written.
pub trait Sink {
    /// Writes one report.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn write(&mut self, id: i64, location: LonLat, values: &[Value<'_>]) -> anyhow::Result<()>;

    /// Writes what is left, down to the disk. A file whose sink was not finished is none.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn finish(self: Box<Self>) -> anyhow::Result<()>;
}

/// What a file says about itself, where its format has a place for that.
#[must_use]
pub fn description(source: &Source) -> String {
    format!("Reports of street problems from {}, under the licence {}", source.base_url, source.licence)
}

/// Begins a file with these columns.
///
/// # Errors
/// When it cannot be made.
pub fn create(
    format: ExportFormat,
    path: &Path,
    columns: &'static [Property],
    source: &Source,
) -> anyhow::Result<Box<dyn Sink>> {
    let buffered = || anyhow::Ok(BufWriter::new(File::create_new(path)?));
    Ok(match format {
        ExportFormat::Csv => Box::new(csv::Table::begin(buffered()?, columns)?),
        ExportFormat::GeoJsonLines => Box::new(geojson_lines::Lines::begin(buffered()?, columns)),
        ExportFormat::GeoPackage => Box::new(geopackage::GeoPackage::begin(path, columns, source)?),
        ExportFormat::FlatGeobuf => Box::new(flatgeobuf::FlatGeobuf::begin(buffered()?, columns, source)),
    })
}

/// What the file is called in HTTP.
#[must_use]
pub const fn content_type(format: ExportFormat) -> &'static str {
    match format {
        ExportFormat::Csv => "text/csv; charset=utf-8",
        // One feature a line has no registered type; this is what most who read it go by.
        ExportFormat::GeoJsonLines => "application/x-ndjson",
        ExportFormat::GeoPackage => "application/geopackage+sqlite3",
        ExportFormat::FlatGeobuf => "application/vnd.flatgeobuf",
    }
}
