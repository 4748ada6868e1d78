//! The description of the Open311 server, with a way through it that can be followed with curl.

use utoipa::OpenApi;
use utoipa_actix_web::AppExt as _;

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

/// The document, whole.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    let (_, document) = actix_web::App::new()
        .into_utoipa_app()
        .openapi(Base::openapi())
        .configure(routes::configure_open311)
        .split_for_parts();
    document
}

/// The document as it is committed: pretty JSON with a line end.
///
/// # Errors
/// When it cannot be written as JSON, which is our fault.
pub fn json() -> anyhow::Result<String> {
    Ok(document().to_pretty_json()? + "\n")
}
