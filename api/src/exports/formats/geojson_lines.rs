//! GeoJSON features, one on a line (RFC 7946; GDAL's driver GeoJSONSeq reads it).

use std::fs::File;
use std::io::{BufWriter, Write};

use mendmap_shared::geo::LonLat;
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::json;

use super::Sink;
use crate::exports::record::{Property, Value};

/// Lines that are being written.
pub struct Lines<W: Write> {
    to: W,
    columns: &'static [Property],
}

impl<W: Write> Lines<W> {
    /// Begins, or goes on with what was begun: there is nothing at the head.
    pub const fn begin(to: W, columns: &'static [Property]) -> Self {
        Self { to, columns }
    }

    /// Writes one line.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&mut self, id: i64, location: LonLat, values: &[Value<'_>]) -> anyhow::Result<()> {
        let feature = Feature {
            kind: "Feature",
            id,
            geometry: json!({ "type": "Point", "coordinates": [location.lon(), location.lat()] }),
            properties: Named { columns: self.columns, values },
        };
        serde_json::to_writer(&mut self.to, &feature)?;
        Ok(self.to.write_all(b"\n")?)
    }

    /// What all of it was written to.
    pub fn into_inner(self) -> W {
        self.to
    }
}

impl Sink for Lines<BufWriter<File>> {
    fn write(&mut self, id: i64, location: LonLat, values: &[Value<'_>]) -> anyhow::Result<()> {
        Self::write(self, id, location, values)
    }

    fn finish(self: Box<Self>) -> anyhow::Result<()> {
        Ok(self.to.into_inner()?.sync_all()?)
    }
}

#[derive(Serialize)]
struct Feature<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    id: i64,
    geometry: serde_json::Value,
    properties: Named<'a>,
}

/// Values under the names of their columns.
struct Named<'a> {
    columns: &'static [Property],
    values: &'a [Value<'a>],
}

impl Serialize for Named<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(self.columns.len()))?;
        for (column, value) in self.columns.iter().zip(self.values) {
            map.serialize_entry(column.name, value)?;
        }
        map.end()
    }
}
