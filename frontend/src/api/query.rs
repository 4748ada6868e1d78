//! Query strings.

use chrono::{DateTime, Utc};
use mendmap_shared::geo::{Bbox, LonLat};
use mendmap_shared::wire::reports::ReportSort;

use crate::browser::fixed;

/// A query string under construction; empty values are left out, so that equal filters give equal addresses.
#[derive(Debug, Clone, Default)]
pub struct Query(String);

impl Query {
    /// An empty one.
    pub const fn new() -> Self {
        Self(String::new())
    }

    /// Adds a parameter, unless it is empty.
    #[must_use]
    pub fn with(mut self, key: &str, value: &str) -> Self {
        if !value.is_empty() {
            self.0.push(if self.0.is_empty() { '?' } else { '&' });
            self.0.push_str(key);
            self.0.push('=');
            self.0.push_str(&String::from(js_sys::encode_uri_component(value)));
        }
        self
    }

    /// Adds a parameter where there is one.
    #[must_use]
    pub fn with_some<T: ToString>(self, key: &str, value: Option<T>) -> Self {
        match value {
            Some(value) => self.with(key, &value.to_string()),
            None => self,
        }
    }

    /// Adds `lon` and `lat` in degrees.
    #[must_use]
    pub fn at(self, point: LonLat) -> Self {
        self.with("lon", &fixed(point.lon(), 6)).with("lat", &fixed(point.lat(), 6))
    }

    /// Adds `bbox`, where there is one: west, south, east, north in degrees.
    #[must_use]
    pub fn with_bbox(self, bbox: Option<Bbox>) -> Self {
        self.with_some("bbox", bbox.map(|bbox| bbox.edges().map(|edge| fixed(edge, 6)).join(",")))
    }

    /// Adds parameters that are written as a query already.
    #[must_use]
    pub fn with_written(mut self, written: &str) -> Self {
        if !written.is_empty() {
            self.0.push(if self.0.is_empty() { '?' } else { '&' });
            self.0.push_str(written);
        }
        self
    }

    /// The text, with its question mark, or nothing at all.
    pub fn into_string(self) -> String {
        self.0
    }
}

/// What a list of reports is narrowed down to. Empty texts mean "any".
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReportFilter {
    /// Ground to look at, in degrees.
    pub bbox: Option<Bbox>,
    /// Number of an area.
    pub area: Option<i64>,
    /// Slug of a body.
    pub body: String,
    /// Code of a category, or name of a group.
    pub category: String,
    /// Statuses or groups, with commas.
    pub status: String,
    /// Reported at or after this moment.
    pub since: Option<DateTime<Utc>>,
    /// Words to look for.
    pub q: String,
    /// Order.
    pub sort: ReportSort,
    /// Where the next page begins.
    pub cursor: Option<String>,
    /// Rows of a page.
    pub limit: Option<u32>,
}

impl ReportFilter {
    /// As a query string.
    pub fn into_query(self) -> Query {
        let sort = match self.sort {
            ReportSort::Newest => "",
            ReportSort::Oldest => "oldest",
            ReportSort::Updated => "updated",
            ReportSort::Supported => "supported",
        };
        Query::new()
            .with_bbox(self.bbox)
            .with_some("area", self.area)
            .with("body", &self.body)
            .with("category", &self.category)
            .with("status", &self.status)
            .with_some("since", self.since.map(|since| since.to_rfc3339()))
            .with("q", &self.q)
            .with("sort", sort)
            .with_some("limit", self.limit)
            .with_some("cursor", self.cursor)
    }
}
