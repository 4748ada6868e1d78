//! Addresses of this interface, and what links say about them.

use serde_json::{Value, json};

/// Media types.
pub mod media {
    /// JSON.
    pub const JSON: &str = "application/json";
    /// GeoJSON (RFC 7946).
    pub const GEOJSON: &str = "application/geo+json";
    /// OpenAPI 3.0 in JSON.
    pub const OPENAPI: &str = "application/vnd.oai.openapi+json;version=3.0";
    /// JSON Schema.
    pub const SCHEMA: &str = "application/schema+json";
    /// A page.
    pub const HTML: &str = "text/html";
}

/// The relation of a collection to what it can be asked by (Part 3, 6.2).
pub const QUERYABLES: &str = "http://www.opengis.net/def/rel/ogc/1.0/queryables";

/// The addresses of a site.
#[derive(Debug, Clone)]
pub struct Site {
    base_url: String,
}

impl Site {
    /// Of the site at this address, which has no slash at its end.
    #[must_use]
    pub const fn new(base_url: String) -> Self {
        Self { base_url }
    }

    /// The address of something under `/ogc`.
    #[must_use]
    pub fn ogc(&self, path: &str) -> String {
        format!("{}/ogc{path}", self.base_url)
    }

    /// The address of something else.
    #[must_use]
    pub fn other(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }

    /// A link to something under `/ogc`.
    #[must_use]
    pub fn link(&self, rel: &str, path: &str, kind: &str, title: &str) -> Value {
        link(rel, &self.ogc(path), kind, title)
    }
}

/// A link.
#[must_use]
pub fn link(rel: &str, href: &str, kind: &str, title: &str) -> Value {
    json!({ "href": href, "rel": rel, "type": kind, "title": title })
}
