//! What can be reported at a place, and to whom: the routing of a point and a category to bodies.

pub mod handlers;
pub mod queries;
pub mod rules;

use utoipa_actix_web::service_config::ServiceConfig;

/// The addresses under `/api/v1`.
pub fn configure(cfg: &mut ServiceConfig<'_>) {
    cfg.service(handlers::list_categories);
}
