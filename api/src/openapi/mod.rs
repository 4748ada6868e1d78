//! The API's own description, made from the handlers themselves.

mod errors;
mod examples;
mod features;
pub mod ogc;
pub mod open311;
mod webhooks;

use utoipa::OpenApi;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{PathItem, RefOr};
use utoipa_actix_web::AppExt as _;

use crate::routes;

/// Operations with these tags, and those named below, are for somebody who is signed in.
const SIGNED_IN_TAGS: [&str; 3] = ["desk", "integrations", "me"];
const SIGNED_IN: [&str; 1] = ["unfollow_report"];

/// Operations that tell or do more for somebody who is signed in.
const EITHER: [&str; 9] = [
    "create_report",
    "create_update",
    "follow_report",
    "get_report",
    "list_similar_reports",
    "list_updates",
    "support_report",
    "upload_photo",
    "withdraw_support",
];

/// Operations that answer without the database.
const WITHOUT_DATABASE: [&str; 3] = ["get_config", "get_health", "open_unsubscribe_page"];

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Mendmap",
        description = "Residents report street problems, the right council gets them, everybody sees what happened.\n\n\
            Coordinates are longitude and latitude in degrees, WGS 84. Times are RFC 3339 in UTC. Every error has one envelope \
            with a stable `code`. Lists are paged by `cursor`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(mendmap_shared::error::ErrorEnvelope, mendmap_shared::wire::integrations::Event))
)]
struct Base;

/// The document, whole: what the handlers say of themselves, and what holds for all that are alike.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    let (_, mut document) =
        actix_web::App::new().into_utoipa_app().openapi(Base::openapi()).configure(routes::configure).split_for_parts();
    let components = document.components.get_or_insert_default();
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    errors::define(components);
    examples::complete_pages(components);
    features::define(components);
    document.webhooks = Some(webhooks::described(components));
    for path in document.paths.paths.values_mut() {
        for (is_read, operation) in operations(path) {
            ask_for_session(operation);
            errors::complete(operation, is_read);
            examples::complete(operation, components);
        }
    }
    document
}

/// The operations of a path, each with whether it only reads.
fn operations(path: &mut PathItem) -> impl Iterator<Item = (bool, &mut Operation)> {
    let PathItem { get, put, post, delete, patch, .. } = path;
    let all = [(true, get), (false, put), (false, post), (false, delete), (false, patch)];
    all.into_iter().filter_map(|(is_read, operation)| Some((is_read, operation.as_mut()?)))
}

/// Says where a session is needed, and where it only makes a difference.
fn ask_for_session(operation: &mut Operation) {
    let bearer = SecurityRequirement::new("bearer", [""; 0]);
    operation.security = if is_one_of(operation, &SIGNED_IN) || has_tag(operation, &SIGNED_IN_TAGS) {
        Some(vec![bearer])
    } else if is_one_of(operation, &EITHER) {
        Some(vec![SecurityRequirement::default(), bearer])
    } else {
        None
    };
}

fn is_one_of(operation: &Operation, ids: &[&str]) -> bool {
    operation.operation_id.as_deref().is_some_and(|id| ids.contains(&id))
}

fn has_tag(operation: &Operation, tags: &[&str]) -> bool {
    operation.tags.iter().flatten().any(|tag| tags.contains(&tag.as_str()))
}

fn has_parameter(operation: &Operation, place: &ParameterIn) -> bool {
    let parameters = operation.parameters.iter().flatten();
    parameters.into_iter().any(|parameter| matches!(parameter, RefOr::T(known) if known.parameter_in == *place))
}

fn takes_json(operation: &Operation) -> bool {
    matches!(&operation.request_body, Some(RefOr::T(body)) if body.content.contains_key("application/json"))
}

/// The document as it is committed: pretty JSON with a line end.
///
/// # Errors
/// When it cannot be written as JSON, which is our fault.
pub fn json() -> anyhow::Result<String> {
    Ok(document().to_pretty_json()? + "\n")
}
