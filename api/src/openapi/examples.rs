//! Examples of what has no type of its own in the description: pages, lists, and files.

use serde_json::{Value, json};
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{ArrayItems, SchemaType};
use utoipa::openapi::{Components, Content, KnownFormat, ObjectBuilder, Ref, RefOr, Schema, SchemaFormat, Type};

use super::features;

/// Gives every page of a list the example of its rows' type.
pub(super) fn complete_pages(components: &mut Components) {
    let rows: Vec<(String, Value)> = components
        .schemas
        .keys()
        .filter_map(|name| Some((name.clone(), of_component(components, name.strip_prefix("Page_")?)?)))
        .collect();
    for (name, row) in rows {
        if let Some(RefOr::T(Schema::Object(page))) = components.schemas.get_mut(&name) {
            page.example = Some(json!({ "items": [row], "next_cursor": "WzEyMDRd" }));
        }
    }
}

/// Gives lists and GeoJSON an example, says that files are bytes, and describes the answers whose handlers saw no need to.
pub(super) fn complete(operation: &mut Operation, components: &Components) {
    if let Some(RefOr::T(body)) = &mut operation.request_body {
        for kind in ["image/png", "image/webp"] {
            if let Some(jpeg) = body.content.get("image/jpeg").cloned() {
                body.content.insert(kind.to_owned(), jpeg);
            }
        }
        body.content.iter_mut().for_each(|(kind, content)| complete_content(kind, content, components));
    }
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response {
            if response.description.is_empty() {
                response.description = if status == "201" { "Made" } else { "As asked for" }.to_owned();
            }
            response.content.iter_mut().for_each(|(kind, content)| complete_content(kind, content, components));
        }
    }
}

fn complete_content(kind: &str, content: &mut RefOr<Content>, components: &Components) {
    let RefOr::T(content) = content else { return };
    if kind.starts_with("image/") {
        let bytes = ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)));
        content.schema = Some(bytes.into());
    } else if kind == "application/geo+json" {
        content.schema = Some(Ref::from_schema_name(features::COLLECTION).into());
        content.example.get_or_insert_with(features::collection);
    } else if kind == "application/x-ndjson" {
        content.example.get_or_insert_with(features::lines);
    } else if let Some(RefOr::T(Schema::Array(list))) = &content.schema
        && let ArrayItems::RefOrSchema(row) = &list.items
        && let RefOr::Ref(row) = &**row
        && let Some(row) = row.ref_location.rsplit('/').next().and_then(|name| of_component(components, name))
    {
        content.example.get_or_insert_with(|| json!([row]));
    }
}

pub(super) fn of_component(components: &Components, name: &str) -> Option<Value> {
    match components.schemas.get(name)? {
        RefOr::T(Schema::Object(schema)) => schema.example.clone(),
        RefOr::T(Schema::AllOf(schema)) => schema.example.clone(),
        _ => None,
    }
}
