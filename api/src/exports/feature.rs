//! Records as features: a GeoJSON document (RFC 7946), or one feature a line.
//!
//! Lines are told as `application/x-ndjson`. GDAL and QGIS (the driver `GeoJSONSeq`), jq, DuckDB and the loaders of warehouses
//! read them as they are. `application/geo+json-seq` (RFC 8142) would promise a record separator (U+001E) before each of them,
//! which most of those do not take.

use serde::Serialize;
use serde::ser::SerializeMap as _;
use serde_json::json;

use super::record::{Record, Source, moment};
use crate::error::{ApiError, ApiResult};
use chrono::{DateTime, Utc};

/// How features are written one after another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// One feature a line.
    #[value(name = "geojsonl")]
    GeoJsonL,
    /// One document: a `FeatureCollection`.
    #[value(name = "geojson")]
    GeoJson,
}

/// Bytes one feature takes about: room to begin with.
const USUAL_BYTES: usize = 1_200;

/// What stands beside the features of a document.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Members {
    /// Where the next page begins, if there is one.
    pub next_cursor: Option<String>,
    /// After which place changes are asked for.
    pub changes_cursor: String,
}

impl Format {
    /// What `Content-Type` calls it.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::GeoJsonL => "application/x-ndjson",
            Self::GeoJson => "application/geo+json",
        }
    }

    /// What stands before the first feature.
    #[must_use]
    pub const fn head(self) -> &'static [u8] {
        match self {
            Self::GeoJsonL => b"",
            Self::GeoJson => b"{\"type\":\"FeatureCollection\",\"features\":[\n",
        }
    }

    /// What stands between two of them.
    const fn separator(self) -> &'static [u8] {
        match self {
            Self::GeoJsonL => b"",
            Self::GeoJson => b",",
        }
    }

    /// What stands after the last one.
    ///
    /// # Errors
    /// When it cannot be written as JSON, which is our fault.
    pub fn tail(self, members: &Members) -> ApiResult<Vec<u8>> {
        match self {
            Self::GeoJsonL => Ok(Vec::new()),
            Self::GeoJson => {
                let members = serde_json::to_string(members).map_err(ApiError::internal)?;
                Ok(format!("],{}\n", members.trim_start_matches('{')).into_bytes())
            }
        }
    }
}

/// Features being written: a line each, in both formats.
#[derive(Debug)]
pub struct Writer {
    format: Format,
    /// Nothing stands before the next one.
    first: bool,
    bytes: Vec<u8>,
}

impl Writer {
    /// One that goes on; with room for so many features. `first`: none was written before.
    #[must_use]
    pub fn new(format: Format, first: bool, features: usize) -> Self {
        Self { format, first, bytes: Vec::with_capacity(features * USUAL_BYTES) }
    }

    /// Writes a published report.
    ///
    /// # Errors
    /// When it cannot be written as JSON, which is our fault.
    pub fn report(&mut self, record: &Record, source: &Source) -> ApiResult<()> {
        self.write(&Feature { record, source })
    }

    /// Writes that a report is gone: not published any more, or not among those that were chosen.
    ///
    /// # Errors
    /// When it cannot be written as JSON, which is our fault.
    pub fn gone(&mut self, report_id: i64, changed_at: DateTime<Utc>) -> ApiResult<()> {
        self.write(&json!({
            "type": "Feature", "id": report_id, "geometry": null,
            "properties": { "id": report_id, "gone": true, "changed": moment(changed_at) },
        }))
    }

    fn write(&mut self, feature: &impl Serialize) -> ApiResult<()> {
        if !std::mem::replace(&mut self.first, false) {
            self.bytes.extend_from_slice(self.format.separator());
        }
        serde_json::to_writer(&mut self.bytes, feature).map_err(ApiError::internal)?;
        self.bytes.push(b'\n');
        Ok(())
    }

    /// What was written.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

struct Feature<'a> {
    record: &'a Record,
    source: &'a Source,
}

#[derive(Serialize)]
struct Point {
    r#type: &'static str,
    coordinates: [f64; 2],
}

impl Serialize for Feature<'_> {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let at = self.record.location;
        let mut map = to.serialize_map(Some(4))?;
        map.serialize_entry("type", "Feature")?;
        map.serialize_entry("id", &self.record.id)?;
        map.serialize_entry("geometry", &Point { r#type: "Point", coordinates: [at.lon(), at.lat()] })?;
        map.serialize_entry("properties", &self.record.properties(self.source))?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn written(format: Format, features: i64) -> String {
        let mut writer = Writer::new(format, true, 0);
        for id in 0..features {
            writer.gone(id, DateTime::UNIX_EPOCH).expect("writes");
        }
        let members = Members { next_cursor: None, changes_cursor: "abc".to_owned() };
        let all = [format.head(), &writer.into_bytes(), &format.tail(&members).expect("writes")].concat();
        String::from_utf8(all).expect("text")
    }

    #[test]
    fn a_document_is_json_with_any_number_of_features() {
        for features in 0..3 {
            let document: Value = serde_json::from_str(&written(Format::GeoJson, features)).expect("JSON");
            assert_eq!(document["type"], "FeatureCollection");
            assert_eq!(document["features"].as_array().map(Vec::len), usize::try_from(features).ok());
            assert_eq!(document["changes_cursor"], "abc");
            assert_eq!(document["next_cursor"], Value::Null);
        }
    }

    #[test]
    fn each_line_is_one_feature() {
        assert_eq!(written(Format::GeoJsonL, 0), "");
        let text = written(Format::GeoJsonL, 2);
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[1]["properties"]["gone"], true);
        assert!(text.ends_with('\n'));
    }
}
