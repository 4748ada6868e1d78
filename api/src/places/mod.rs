//! Places: the gazetteer and its search, the nearest street, the areas a point lies in, and the importers that load them.

pub mod handlers;
pub mod import;
mod models;
pub mod queries;
pub mod rules;

use utoipa_actix_web::service_config::ServiceConfig;

/// The addresses under `/api/v1`.
pub fn configure(cfg: &mut ServiceConfig<'_>) {
    cfg.service(handlers::search_places)
        .service(handlers::reverse_place)
        .service(handlers::list_streets_near)
        .service(handlers::list_areas);
}
