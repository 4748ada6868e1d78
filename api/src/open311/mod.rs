//! A GeoReport v2 server over the features: what a city's other systems and apps speak (open311.org), in XML and JSON, with the
//! extensions that are seen in the wild.

pub mod attributes;
pub mod bulk;
pub mod call;
pub mod fault;
pub mod form;
pub mod format;
pub mod handlers;
pub mod markup;
pub mod post_request;
pub mod queries;
pub mod read_requests;
pub mod rules;
pub mod schemas;
pub mod services;
pub mod updates;
pub mod wire;

use utoipa_actix_web::service_config::ServiceConfig;

/// The addresses under `/open311/v2`. Literal ones stand before those with a parameter in the same place.
pub fn configure(cfg: &mut ServiceConfig<'_>) {
    cfg.service(handlers::get_discovery)
        .service(services::list_services)
        .service(services::get_service_definition)
        .service(bulk::download_requests)
        .service(read_requests::list_requests)
        .service(read_requests::get_request)
        .service(post_request::create_request)
        .service(post_request::get_request_id)
        .service(updates::list_updates)
        .service(updates::create_update);
}
