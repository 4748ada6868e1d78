//! Exports: files of reports, for tables, maps and warehouses.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::error::FieldCode;

/// What kind of file an export is; the word is the ending of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ExportFormat {
    /// A table as text (RFC 4180), UTF-8, with a line of names.
    #[serde(rename = "csv")]
    Csv,
    /// GeoJSON features (RFC 7946), one on a line.
    #[serde(rename = "geojsonl")]
    GeoJsonLines,
    /// OGC GeoPackage 1.3, with a spatial index.
    #[serde(rename = "gpkg")]
    GeoPackage,
    /// FlatGeobuf 3, with a spatial index.
    #[serde(rename = "fgb")]
    FlatGeobuf,
}

impl ExportFormat {
    /// Every format there is.
    pub const ALL: [Self; 4] = [Self::Csv, Self::GeoJsonLines, Self::GeoPackage, Self::FlatGeobuf];

    /// The ending of its files' names.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::GeoJsonLines => "geojsonl",
            Self::GeoPackage => "gpkg",
            Self::FlatGeobuf => "fgb",
        }
    }
}

impl fmt::Display for ExportFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ExportFormat {
    type Err = FieldCode;

    fn from_str(text: &str) -> Result<Self, FieldCode> {
        Self::ALL.into_iter().find(|format| format.as_str() == text).ok_or(FieldCode::InvalidChoice)
    }
}

/// How far an export is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ExportState {
    /// It waits for its turn.
    Waiting,
    /// It is being made.
    Making,
    /// It can be fetched.
    Ready,
}

/// An export that the worker makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::export))]
pub struct Export {
    /// Its number.
    pub id: String,
    /// What kind of file it is.
    pub format: ExportFormat,
    /// How far it is.
    pub state: ExportState,
    /// Reports that are written already.
    pub rows: i64,
    /// Reports there are to write, once that is known; more may come meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
    /// Bytes of the file, once it is ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<i64>,
    /// SHA-256 of the file in hexadecimal digits, once it is ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Address of the file on this site, once it is ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// When it was asked for.
    #[serde(deserialize_with = "super::moment::read")]
    pub created_at: DateTime<Utc>,
    /// Until when it can be fetched.
    #[serde(deserialize_with = "super::moment::read")]
    pub expires_at: DateTime<Utc>,
}

/// What staff want to take out of their desk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::new_desk_export))]
pub struct NewDeskExport {
    /// What kind of file.
    pub format: ExportFormat,
    /// Statuses or groups of them, separated by commas; without it, all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Code of a category, or name of a group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Words, or the number of a report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
}

/// All open data about reports, as it was one night.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::snapshot))]
pub struct Snapshot {
    /// The day it was made on, UTC.
    pub date: NaiveDate,
    /// When it was complete.
    #[serde(deserialize_with = "super::moment::read")]
    pub made_at: DateTime<Utc>,
    /// Reports in each of its files.
    pub rows: i64,
    /// Address of the licence under which it may be used.
    pub licence: String,
    /// The same reports in every format.
    pub files: Vec<SnapshotFile>,
}

/// One file of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SnapshotFile {
    /// What kind of file.
    pub format: ExportFormat,
    /// Its address on this site, the same every night.
    #[cfg_attr(feature = "openapi", schema(example = "/api/v1/exports/snapshot/reports.gpkg"))]
    pub file: String,
    /// Its bytes.
    pub bytes: i64,
    /// Its SHA-256 in hexadecimal digits.
    pub sha256: String,
}
