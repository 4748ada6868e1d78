//! The organisations that receive reports.

pub mod councils;
pub mod handlers;
pub mod queries;

use utoipa_actix_web::service_config::ServiceConfig;

/// The addresses under `/api/v1`.
pub fn configure(cfg: &mut ServiceConfig<'_>) {
    cfg.service(handlers::list_bodies).service(handlers::list_body_categories);
}
