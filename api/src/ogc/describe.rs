//! What is said about the interface and its collections.

use serde_json::{Map, Value, json};

use super::collections::{Collection, Property};
use super::crs::Crs;
use super::filter::GEOMETRY;
use super::links::{QUERYABLES, Site, link, media};
use super::queries::Extent;
use crate::exports::record::{Kind, moment};

/// The landing page.
#[must_use]
pub fn landing_page(site: &Site, name: &str) -> Value {
    json!({
        "title": format!("{name}: open data"),
        "description": "Reports of street problems, what happened to them, and the areas, bodies and streets they belong to, by OGC API Features.",
        "links": [
            site.link("self", "/", media::JSON, "This page"),
            site.link("service-desc", "/api", media::OPENAPI, "Description of this interface, OpenAPI 3.0"),
            link("service-doc", &site.other("/api/docs/"), media::HTML, "The same to read and to try"),
            site.link("conformance", "/conformance", media::JSON, "Which parts of the standards are met"),
            site.link("data", "/collections", media::JSON, "The collections"),
        ],
    })
}

/// A collection, with how far it reaches.
#[must_use]
pub fn collection(collection: &Collection, extent: &Extent, site: &Site, licence: &str) -> Value {
    let path = format!("/collections/{}", collection.id);
    let mut value = json!({
        "id": collection.id,
        "title": collection.title,
        "description": collection.description,
        "itemType": "feature",
        "crs": Crs::ALL.map(Crs::uri),
        "storageCrs": Crs::default().uri(),
        "links": [
            site.link("self", &path, media::JSON, collection.title),
            site.link("items", &format!("{path}/items"), media::GEOJSON, "Its features"),
            site.link(QUERYABLES, &format!("{path}/queryables"), media::SCHEMA, "What its features can be asked by"),
            link("license", licence, media::HTML, "The licence under which this may be used"),
        ],
    });
    let mut known = Map::new();
    if let Some(bbox) = extent.bbox() {
        known.insert("spatial".into(), json!({ "bbox": [bbox], "crs": Crs::default().uri() }));
    }
    if let (Some(_), Some(since)) = (collection.time, extent.since()) {
        let trs = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian";
        known.insert("temporal".into(), json!({ "interval": [[moment(since), null]], "trs": trs }));
    }
    if let (Value::Object(value), false) = (&mut value, known.is_empty()) {
        value.insert("extent".into(), Value::Object(known));
    }
    value
}

/// The schema of what a collection's features can be asked by (Part 3, 6.2).
#[must_use]
pub fn queryables(collection: &Collection, site: &Site) -> Value {
    let geometry = json!({
        "title": "Where it is",
        "format": collection.shape.format(),
        "x-ogc-role": "primary-geometry",
    });
    let properties =
        collection.queryables().map(|property| (property.name().to_owned(), queryable(property, collection)));
    let properties: Map<String, Value> = std::iter::once((GEOMETRY.to_owned(), geometry)).chain(properties).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": site.ogc(&format!("/collections/{}/queryables", collection.id)),
        "type": "object",
        "title": collection.title,
        "description": collection.description,
        "properties": properties,
        "additionalProperties": false,
    })
}

fn queryable(property: &Property, collection: &Collection) -> Value {
    let mut value = schema(property);
    let role = match property.name() {
        "id" => Some("id"),
        name if collection.time == Some(name) => Some("primary-instant"),
        _ => None,
    };
    if let (Value::Object(value), Some(role)) = (&mut value, role) {
        value.insert("x-ogc-role".into(), role.into());
    }
    value
}

/// The schema of a property's values, as JSON Schema and OpenAPI 3.0 both have it.
#[must_use]
pub fn schema(property: &Property) -> Value {
    let meaning = property.told.meaning;
    match property.kind() {
        Kind::Integer => json!({ "title": meaning, "type": "integer" }),
        Kind::Number => json!({ "title": meaning, "type": "number" }),
        Kind::Moment => json!({ "title": meaning, "type": "string", "format": "date-time" }),
        Kind::Text if property.words.is_empty() => json!({ "title": meaning, "type": "string" }),
        Kind::Text => json!({ "title": meaning, "type": "string", "enum": property.words }),
    }
}
