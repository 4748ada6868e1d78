//! The description of the Open311 server, with a way through it that can be followed with curl.

use mendmap_shared::error::ErrorCode;
use utoipa::OpenApi;
use utoipa::openapi::header::Header;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, ContentBuilder, KnownFormat, Object, Ref, RefOr, Response, ResponseBuilder, Type};
use utoipa_actix_web::AppExt as _;

use super::operations;
use crate::routes;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Mendmap: Open311",
        version = "2.0.0",
        description = include_str!("open311.md"),
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(crate::open311::wire::ErrorItem))
)]
struct Base;

/// The document, whole: what the handlers say of themselves, and what holds for all of them.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    let (_, mut document) = actix_web::App::new()
        .into_utoipa_app()
        .openapi(Base::openapi())
        .configure(routes::configure_open311)
        .split_for_parts();
    let key = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("A body's key")).build();
    document.components.get_or_insert_default().add_security_scheme("key", SecurityScheme::Http(key));
    for path in document.paths.paths.values_mut() {
        for (_, operation) in operations(path) {
            complete(operation);
        }
    }
    document
}

/// Adds the errors that every operation can answer with, and that every answer can be XML.
fn complete(operation: &mut Operation) {
    let responses = &mut operation.responses.responses;
    for code in [ErrorCode::InvalidRequest, ErrorCode::NotFound, ErrorCode::RateLimited, ErrorCode::Unavailable] {
        responses.entry(code.http_status().to_string()).or_insert_with(|| error(code).into());
    }
    for response in responses.values_mut() {
        if let RefOr::T(response) = response
            && response.content.contains_key("application/json")
        {
            response.content.insert("text/xml".to_owned(), RefOr::T(xml()));
        }
    }
}

fn xml() -> Content {
    let mut text = Object::with_type(Type::String);
    text.format = Some(utoipa::openapi::SchemaFormat::KnownFormat(KnownFormat::Binary));
    text.description = Some("The same in XML; the outermost element is named after what it holds".to_owned());
    ContentBuilder::new().schema(Some(text)).build()
}

fn error(code: ErrorCode) -> Response {
    let errors = utoipa::openapi::ArrayBuilder::new().items(Ref::from_schema_name("ErrorItem"));
    let content = ContentBuilder::new().schema(Some(errors)).build();
    let response = ResponseBuilder::new().description(code.message()).content("application/json", content);
    if code == ErrorCode::InvalidRequest || code == ErrorCode::NotFound {
        return response.build();
    }
    let mut wait = Header::new(Object::with_type(Type::Integer));
    wait.description = Some("Seconds after which to try again".to_owned());
    response.header("Retry-After", wait).build()
}

/// The document as it is committed: pretty JSON with a line end.
///
/// # Errors
/// When it cannot be written as JSON, which is our fault.
pub fn json() -> anyhow::Result<String> {
    Ok(document().to_pretty_json()? + "\n")
}
