//! Feeds: the newest reports as Atom (RFC 4287), each with its place (GeoRSS-Simple), for readers and for maps of others.

pub mod handlers;
pub mod queries;
pub mod rules;

use utoipa_actix_web::service_config::ServiceConfig;

/// The addresses under `/feeds`.
pub fn configure(cfg: &mut ServiceConfig<'_>) {
    cfg.service(handlers::get_reports_feed);
}
