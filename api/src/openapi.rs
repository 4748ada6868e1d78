//! The API's own description, made from the handlers themselves.

use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_actix_web::AppExt as _;

use crate::routes;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Mendmap",
        description = "Residents report street problems, the right council gets them, everybody sees what happened.\n\n\
            Coordinates are longitude and latitude in degrees, WGS 84. Times are RFC 3339 in UTC. Every error has one envelope \
            with a stable `code`. Lists are paged by `cursor`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(mendmap_shared::error::ErrorEnvelope))
)]
struct Base;

/// The document, whole.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    let (_, paths) =
        actix_web::App::new().into_utoipa_app().openapi(Base::openapi()).configure(routes::configure).split_for_parts();
    let mut document = paths;
    if let Some(components) = document.components.as_mut() {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    }
    document
}

/// The document as it is committed: pretty JSON with a line end.
///
/// # Errors
/// When it cannot be written as JSON, which is our fault.
pub fn json() -> anyhow::Result<String> {
    Ok(document().to_pretty_json()? + "\n")
}
