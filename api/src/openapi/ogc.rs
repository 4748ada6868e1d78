//! The description of OGC API Features in OpenAPI 3.0, which is what its clients read (Part 1, "oas30"). It is made of the table of
//! collections: utoipa writes 3.1, and has one operation for a handler where there is one here for each collection.

use mendmap_shared::error::ErrorCode;
use serde_json::{Map, Value, json};

use crate::ogc::collections::{self, Collection};
use crate::ogc::crs::Crs;
use crate::ogc::describe;
use crate::ogc::filter::Language;
use crate::ogc::links::media;

/// The document, whole.
#[must_use]
pub fn document() -> Value {
    let mut paths = Map::new();
    let page = |id: &str, summary: &str, kind: &str, schema: Value| {
        operation(id, "about", summary, &[], ok("What is asked for", kind, &schema))
    };
    paths.insert("/".into(), page("get_landing_page", "Where everything is", media::JSON, named("LandingPage")));
    paths.insert("/api".into(), page("get_api", "This description", media::OPENAPI, json!({ "type": "object" })));
    let conformance =
        page("get_conformance", "Which parts of the standards are met", media::JSON, named("Conformance"));
    paths.insert("/conformance".into(), conformance);
    paths.insert("/collections".into(), page("list_collections", "The collections", media::JSON, named("Collections")));
    for collection in &collections::ALL {
        describe_collection(&mut paths, collection);
    }
    json!({
        "openapi": "3.0.3",
        "info": {
            "title": "Mendmap: OGC API Features",
            "version": env!("CARGO_PKG_VERSION"),
            "description": include_str!("ogc.md"),
            "license": { "name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0" },
        },
        "servers": [{ "url": "/ogc" }],
        "tags": tags(),
        "paths": paths,
        "components": { "parameters": parameters(), "responses": responses(), "schemas": schemas() },
    })
}

/// The document as it is committed: pretty JSON with a line end.
///
/// # Errors
/// When it cannot be written as JSON, which is our fault.
pub fn json() -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(&document())? + "\n")
}

fn tags() -> Vec<Value> {
    let about = json!({ "name": "about", "description": "What there is, and how it can be asked" });
    let each = collections::ALL.iter().map(|one| json!({ "name": one.id, "description": one.description }));
    std::iter::once(about).chain(each).collect()
}

fn describe_collection(paths: &mut Map<String, Value>, collection: &Collection) {
    let (id, path) = (collection.id, format!("/collections/{}", collection.id));
    let add =
        |paths: &mut Map<String, Value>, path: String, name: String, summary: &str, parameters: &[Value], good| {
            paths.insert(path, operation(&name, id, summary, parameters, good));
        };
    let good = ok("The collection", media::JSON, &named("Collection"));
    add(paths, path.clone(), format!("get_{id}_collection"), "What is in it", &[], good);
    let good = ok("A JSON Schema", media::SCHEMA, &json!({ "type": "object" }));
    let name = format!("get_{id}_queryables");
    add(paths, format!("{path}/queryables"), name, "What its features can be asked by", &[], good);

    let collection_schema = json!({
        "allOf": [named("FeatureCollection"), { "properties": { "features": { "items": named(&feature_name(collection)) } } }],
    });
    let mut asked: Vec<Value> = vec![limit(collection)];
    let shared = ["cursor", "bbox", "bbox-crs", "datetime", "crs", "filter", "filter-lang", "filter-crs"];
    asked.extend(shared.map(|name| json!({ "$ref": format!("#/components/parameters/{name}") })));
    asked.extend(collection.queryables().map(|property| {
        json!({
            "name": property.name(), "in": "query", "required": false,
            "description": format!("Only features whose `{}` is this", property.name()),
            "schema": describe::schema(property), "style": "form", "explode": false,
        })
    }));
    let good = with_crs(ok("Features", media::GEOJSON, &collection_schema));
    add(paths, format!("{path}/items"), format!("list_{id}"), "Its features, page by page", &asked, good);

    let one = json!({ "name": "featureId", "in": "path", "required": true, "description": "Number of the feature",
        "schema": { "type": "integer", "format": "int64", "minimum": 1 }, "example": 1 });
    let asked = [one, json!({ "$ref": "#/components/parameters/crs" })];
    let good = with_crs(ok("The feature", media::GEOJSON, &named(&feature_name(collection))));
    add(paths, format!("{path}/items/{{featureId}}"), format!("get_{id}_item"), "One feature", &asked, good);
}

fn named(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

fn feature_name(collection: &Collection) -> String {
    format!("Feature_{}", collection.id)
}

fn ok(description: &str, kind: &str, schema: &Value) -> Value {
    json!({ "description": description, "content": { kind: { "schema": schema } } })
}

fn with_crs(mut response: Value) -> Value {
    response["headers"] = json!({ "Content-Crs": {
        "description": "What the coordinates are in, in angle brackets", "schema": { "type": "string" },
    } });
    response
}

fn operation(id: &str, tag: &str, summary: &str, parameters: &[Value], good: Value) -> Value {
    let format = json!({ "$ref": "#/components/parameters/f" });
    let parameters: Vec<&Value> = parameters.iter().chain([&format]).collect();
    let mut answers = Map::from_iter([("200".to_owned(), good)]);
    for code in ERRORS {
        let name = code.http_status().to_string();
        answers.insert(name.clone(), json!({ "$ref": format!("#/components/responses/{code}") }));
    }
    json!({ "get": { "operationId": id, "tags": [tag], "summary": summary, "parameters": parameters, "responses": answers } })
}

/// What every operation can answer with when it does not do what is asked.
const ERRORS: [ErrorCode; 4] =
    [ErrorCode::InvalidRequest, ErrorCode::NotFound, ErrorCode::Internal, ErrorCode::Unavailable];

fn responses() -> Map<String, Value> {
    let each = ERRORS.iter().map(|code| {
        let mut response = ok(code.message(), media::JSON, &named("ErrorEnvelope"));
        if *code == ErrorCode::Unavailable {
            response["headers"] = json!({ "Retry-After": {
                "description": "Seconds after which to try again", "schema": { "type": "integer" },
            } });
        }
        (code.to_string(), response)
    });
    each.collect()
}

fn limit(collection: &Collection) -> Value {
    let most = collection.shape.page_max();
    let usual = mendmap_shared::limits::OGC_PAGE.min(most);
    json!({ "name": "limit", "in": "query", "required": false,
        "description": format!("Most features of a page. Who asks for more than {most} gets {most}."),
        "schema": { "type": "integer", "minimum": 1, "maximum": most, "default": usual }, "style": "form", "explode": false })
}

fn parameters() -> Value {
    let crs: Vec<&str> = Crs::ALL.iter().map(|crs| crs.uri()).collect();
    let in_crs = |name: &str, description: &str| {
        json!({ "name": name, "in": "query", "required": false, "description": description,
            "schema": { "type": "string", "enum": crs, "default": Crs::default().uri() }, "style": "form", "explode": false })
    };
    let text = |name: &str, description: &str, schema: Value| {
        json!({ "name": name, "in": "query", "required": false, "description": description, "schema": schema,
            "style": "form", "explode": false })
    };
    json!({
        "f": text("f", "The format, for clients that ask in this way; there is one", json!({ "type": "string", "enum": ["json"] })),
        "cursor": text("cursor", "Where a page begins: as the `next` link of the page before has it", json!({ "type": "string" })),
        "bbox": { "name": "bbox", "in": "query", "required": false, "style": "form", "explode": false,
            "description": "Only features that share a point with this box: its two corners, the lower numbers first. Features without a geometry \
                            are among them.",
            "schema": { "type": "array", "items": { "type": "number" }, "oneOf": [
                { "minItems": 4, "maxItems": 4 }, { "minItems": 6, "maxItems": 6 },
            ] },
            "example": [-3.01, 51.57, -2.98, 51.59] },
        "bbox-crs": in_crs("bbox-crs", "What the numbers of `bbox` are"),
        "datetime": { "name": "datetime", "in": "query", "required": false, "style": "form", "explode": false,
            "description": "Only features of this time: a moment, a day, or two of either with a slash between, of which one may be `..`. Collections \
                            without a time have all their features at all times.",
            "schema": { "type": "string" }, "example": "2026-01-01T00:00:00Z/.." },
        "crs": in_crs("crs", "What coordinates are answered in"),
        "filter": { "name": "filter", "in": "query", "required": false, "style": "form", "explode": false,
            "description": "Only features for which this is true, in CQL2",
            "schema": { "type": "string", "maxLength": mendmap_shared::limits::OGC_FILTER_CHARS },
            "example": "id > 100 AND s_intersects(geometry, BBOX(-3.01, 51.57, -2.98, 51.59))" },
        "filter-lang": text("filter-lang", "How `filter` is written. `cql-text` is an older name of `cql2-text`",
            json!({ "type": "string", "enum": Language::NAMES, "default": Language::NAMES[0] })),
        "filter-crs": in_crs("filter-crs", "What the coordinates in `filter` are"),
    })
}

fn schemas() -> Value {
    let strings = || json!({ "type": "array", "items": { "type": "string" } });
    let codes: Vec<&str> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    let mut schemas = json!({
        "Link": { "type": "object", "required": ["href", "rel", "type"], "properties": {
            "href": { "type": "string" }, "rel": { "type": "string" }, "type": { "type": "string" }, "title": { "type": "string" } } },
        "LandingPage": { "type": "object", "required": ["links"], "properties": {
            "title": { "type": "string" }, "description": { "type": "string" }, "links": links() } },
        "Conformance": { "type": "object", "required": ["conformsTo"], "properties": { "conformsTo": strings() } },
        "Collections": { "type": "object", "required": ["links", "collections"], "properties": {
            "links": links(), "collections": { "type": "array", "items": named("Collection") } } },
        "Collection": { "type": "object", "required": ["id", "links"], "properties": {
            "id": { "type": "string" }, "title": { "type": "string" }, "description": { "type": "string" },
            "itemType": { "type": "string" }, "crs": strings(), "storageCrs": { "type": "string" }, "links": links(),
            "extent": { "type": "object", "properties": {
                "spatial": { "type": "object", "properties": {
                    "bbox": { "type": "array", "items": { "type": "array", "items": { "type": "number" }, "minItems": 4, "maxItems": 4 } },
                    "crs": { "type": "string" } } },
                "temporal": { "type": "object", "properties": {
                    "interval": { "type": "array", "items": { "type": "array", "minItems": 2, "maxItems": 2,
                        "items": { "type": "string", "format": "date-time", "nullable": true } } },
                    "trs": { "type": "string" } } } } } } },
        "FeatureCollection": { "type": "object", "required": ["type", "features", "links", "numberReturned", "timeStamp"], "properties": {
            "type": { "type": "string", "enum": ["FeatureCollection"] }, "features": { "type": "array", "items": { "type": "object" } },
            "links": links(), "numberMatched": { "type": "integer", "minimum": 0,
                "description": "How many features match; told on the first page, where it is known" },
            "numberReturned": { "type": "integer", "minimum": 0 }, "timeStamp": { "type": "string", "format": "date-time" } } },
        "ErrorEnvelope": { "type": "object", "required": ["error"], "properties": { "error": {
            "type": "object", "required": ["code", "message", "reference"], "properties": {
                "code": { "type": "string", "enum": codes, "description": "Stable code" },
                "message": { "type": "string", "description": "One plain sentence" },
                "fields": { "type": "object", "description": "The parameters that cannot be taken, each with the reason",
                    "additionalProperties": { "type": "object", "required": ["code", "message"], "properties": {
                        "code": { "type": "string" }, "message": { "type": "string" } } } },
                "reference": { "type": "string", "description": "Finds this very answer in the log" } } } } },
    });
    for collection in &collections::ALL {
        schemas[feature_name(collection)] = feature(collection);
    }
    schemas
}

fn links() -> Value {
    json!({ "type": "array", "items": named("Link") })
}

/// The schema of a collection's features. Every property is in every feature; what is not known is null.
fn feature(collection: &Collection) -> Value {
    let names: Vec<&str> = collection.properties.iter().map(|property| property.name()).collect();
    let properties: Map<String, Value> = collection
        .properties
        .iter()
        .map(|property| {
            let mut schema = describe::schema(property);
            schema["nullable"] = true.into();
            // A closed list has null in it too, where null may be.
            if let Some(words) = schema.get_mut("enum").and_then(Value::as_array_mut) {
                words.push(Value::Null);
            }
            (property.name().to_owned(), schema)
        })
        .collect();
    json!({ "type": "object", "required": ["type", "id", "geometry", "properties"], "properties": {
        "type": { "type": "string", "enum": ["Feature"] },
        "id": { "type": "integer", "format": "int64" },
        "geometry": { "type": "object", "nullable": true, "required": ["type", "coordinates"], "properties": {
            "type": { "type": "string", "enum": [collection.shape.geojson()] },
            "coordinates": { "type": "array", "items": {} } } },
        "properties": { "type": "object", "required": names, "properties": properties },
        "links": links() } })
}
